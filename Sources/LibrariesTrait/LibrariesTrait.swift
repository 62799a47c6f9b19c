// Built before anything that imports another package, so that who forgets the trait reads this and
// not "no such module".
#if !Libraries
  #error(
    """
    the libraries beside MultiBox need a trait: .package(…, traits: ["Libraries"]), or in MultiBox \
    itself swift build --traits CommandLine; swift build --target MultiBox needs none
    """)
#endif
