import Files
import Foundation
import ImageFiles
import MultiBox
import Synchronization
import TestSupport
import Testing

@testable import Datasets

/// What is kept of datasets. The oracle is reading anew.
struct KeptIndexTests {
  /// All that a user sees of an image.
  private struct Image: Hashable {
    let name: String
    let source: String
    let isUnlabeled: Bool
    let size: PixelSize?
    let objects: [LabeledPixelBox]
    let areas: [Double]?
    let boxAreas: [Double]?

    init(_ image: DatasetImage) {
      name = image.name
      source = "\(image.source)"
      isUnlabeled = image.isUnlabeled
      size = PixelSize(width: image.width, height: image.height)
      objects = image.groundTruth
      areas = image.areas
      boxAreas = image.boxAreas
    }
  }

  /// All that loading a place gives, or its error.
  private struct Found: Hashable {
    var splits: [String] = []
    var seeded: String?
    var formats: [String] = []
    var folders: [String] = []
    var classNames: [[String]] = []
    var images: [[Image]] = []
    var reports: [DatasetReport] = []
    var places: [[DatasetChange: [DatasetReport.ChangedPlace]]] = []
    var error: String?

    /// Byte by byte: two Unicode forms are one text to Swift.
    var bytes: [UInt8] { Array("\(images)\(reports)".utf8) }
  }

  private final class Lines: Sendable {
    private let lines = Mutex([String]())
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  /// Keeps everything at once.
  private func cache(
    _ folder: String, age: Duration = .zero, least: Duration = .zero, told: Lines = Lines()
  ) -> IndexCache {
    IndexCache(folder: folder, leastDuration: least, trustedAge: age) { told.add($0) }
  }

  private func find(
    _ paths: [String], format: DatasetFormat? = nil, options: ReadingOptions = ReadingOptions(),
    decode: DatasetLoader.Decode? = { try $0.pixels() }, _ cache: IndexCache?
  ) -> (found: Found, isKept: Bool) {
    var found = Found()
    var isKept = false
    do {
      let loader = try DatasetLoader(paths: paths, format: format, options: options, cache: cache)
      defer { isKept = loader.keptSince != nil }
      found.splits = try loader.splits()
      found.seeded = try loader.seededSplit()
      found.formats = loader.sources.map(\.format.name)
      found.folders = loader.sources.map(\.folder)
      for split in found.splits {
        let (dataset, report) = try loader.load(split: split, decode: decode)
        found.classNames.append(Array(dataset.classNames))
        found.images.append(dataset.images.map(Image.init))
        found.reports.append(report)
        found.places.append(report.places)
      }
      found.classNames.append(Array(try loader.classNames()))
    } catch {
      found.error = "\(error)"
    }
    return (found, isKept)
  }

  /// Reads anew, reads and keeps, and takes what was kept: all three must be the same.
  private func expectSame(
    _ path: String, format: DatasetFormat? = nil, _ cache: IndexCache, isKept: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let anew = find([path], format: format, nil)
    let first = find([path], format: format, cache)
    let second = find([path], format: format, cache)
    #expect(anew.found.error == nil, sourceLocation: sourceLocation)
    #expect(!anew.isKept && !first.isKept, sourceLocation: sourceLocation)
    #expect(second.isKept == isKept, "\(path)", sourceLocation: sourceLocation)
    #expect(first.found == anew.found, sourceLocation: sourceLocation)
    #expect(second.found == anew.found, sourceLocation: sourceLocation)
    #expect(second.found.bytes == anew.found.bytes, sourceLocation: sourceLocation)
  }

  /// A small dataset in a format, with what its layout can hold, in two splits where it has splits.
  private func write(_ format: DatasetFormat, to folder: String) throws {
    var writer = try DatasetWriter(format: format, folder: folder)
    let splits = format.type.canHold.contains(.splits) ? ["train", "test"] : ["train"]
    for (number, split) in splits.enumerated() {
      var dataset = ShapesSpecification(imageCount: 4, side: 32, seed: UInt64(number + 1))
        .dataset(split: "train")
      for index in dataset.images.indices {
        dataset.images[index].name = "\(split)-ä\(index)"
        // One alone: an image without objects.
        if index == 3 { dataset.images[index].groundTruth = [] }
        var objects = dataset.images[index].groundTruth
        for object in objects.indices {
          objects[object].isDifficult = object == 0
          objects[object].isCrowd = object == 1
        }
        dataset.images[index].groundTruth = objects
        dataset.images[index].areas = objects.indices.map { Double($0) + 0.25 }
      }
      try writer.write(dataset, split: split)
    }
  }

  /// Every file and folder below a folder.
  private func everything(in folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
  }

  @Test(arguments: DatasetFormat.written)
  func whatWasKeptIsWhatIsRead(format: DatasetFormat) throws {
    try withFolder { folder in
      try write(format, to: folder + "/data")
      try expectSame(folder + "/data", cache(folder + "/cache"))
    }
  }

  @Test(.enabled(if: SharedMaterial.has("cases"), "needs ../shared"))
  func casesOfOthersAreKeptAsTheyAreRead() throws {
    let cases = SharedMaterial.path("cases")
    let manager = FileManager.default
    var count = 0
    for name in try manager.contentsOfDirectory(atPath: cases).sorted()
    where FolderListing.isFolder("\(cases)/\(name)") {
      for inner in try manager.contentsOfDirectory(atPath: "\(cases)/\(name)").sorted()
      where FolderListing.isFolder("\(cases)/\(name)/\(inner)") {
        try withFolder { folder in
          let place = "\(cases)/\(name)/\(inner)"
          let cache = cache(folder)
          let anew = find([place], nil)
          #expect(find([place], cache).found == anew.found, "\(place)")
          let kept = find([place], cache)
          #expect(kept.found == anew.found, "\(place)")
          if kept.isKept { count += 1 }
        }
      }
    }
    #expect(count > 5)
  }

  // Each file in turn gets a byte more, then is gone; each folder gets a picture, then is gone.
  // Whatever reading anew says then, an error or other images, is what is found.
  @Test(arguments: DatasetFormat.written)
  func aChangeOfAnyFileIsSeen(format: DatasetFormat) throws {
    try withFolder { folder in
      let data = folder + "/data"
      try write(format, to: data)
      let cache = cache(folder + "/cache")
      let original = find([data], cache).found
      let manager = FileManager.default
      var changes = 0
      func expectSeen(_ what: String) {
        let anew = find([data], nil).found
        let found = find([data], cache).found
        #expect(found == anew, "\(what)")
        #expect(find([data], cache).found == anew, "\(what), the second time")
        if found != original { changes += 1 }
        // Longer than a step of the system's clock: what is changed next is changed later.
        Thread.sleep(forTimeInterval: 0.011)
      }
      for path in try everything(in: data) {
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
        let aside = folder + "/aside"
        if isFolder.boolValue {
          try Fixtures.writeImage(path + "/another.png")
          expectSeen("a picture in \(path)")
          try manager.removeItem(atPath: path + "/another.png")
        } else {
          let content = try Data(contentsOf: URL(fileURLWithPath: path))
          try (content + Data("\n?".utf8)).write(to: URL(fileURLWithPath: path))
          expectSeen("a byte more in \(path)")
          try content.write(to: URL(fileURLWithPath: path))
        }
        try manager.moveItem(atPath: path, toPath: aside)
        expectSeen("without \(path)")
        try manager.moveItem(atPath: aside, toPath: path)
        #expect(find([data], cache).found == original, "\(path) is back")
        Thread.sleep(forTimeInterval: 0.011)
      }
      #expect(changes > 0)
    }
  }

  // The same number of bytes, and the time put back: the system's own time tells.
  @Test func aChangeWhoseTimeIsPutBackIsSeen() throws {
    try withFolder { folder in
      try write(.yolo, to: folder + "/data")
      let cache = cache(folder + "/cache")
      let before = find([folder + "/data"], cache)
      let label = try #require(
        try everything(in: folder + "/data").first { $0.hasSuffix("0.txt") })
      let dates = try FileManager.default.attributesOfItem(atPath: label)
      // Longer than a step of the system's clock.
      Thread.sleep(forTimeInterval: 0.05)
      let text = try String(contentsOfFile: label, encoding: .utf8)
      let other = (text.first == "0" ? "1" : "0") + text.dropFirst()
      try Data(other.utf8).write(to: URL(fileURLWithPath: label))
      try FileManager.default.setAttributes(
        [.modificationDate: try #require(dates[.modificationDate])], ofItemAtPath: label)
      let after = find([folder + "/data"], cache)
      #expect(after.found == find([folder + "/data"], nil).found)
      #expect(after.found != before.found)
    }
  }

  @Test func whatChangedShortlyBeforeIsNotKept() throws {
    try withFolder { folder in
      try write(.voc, to: folder + "/data")
      try expectSame(
        folder + "/data", cache(folder + "/cache", age: .seconds(1000)), isKept: false)
      #expect(!FolderListing.isFolder(folder + "/cache"))
    }
  }

  @Test func whatIsReadQuicklyIsNotKept() throws {
    try withFolder { folder in
      try write(.voc, to: folder + "/data")
      try expectSame(
        folder + "/data", cache(folder + "/cache", least: .seconds(1000)), isKept: false)
    }
  }

  @Test func anImageThatCannotBeDecodedStaysTold() throws {
    try withFolder { folder in
      let data = folder + "/data"
      try write(.coco, to: data)
      let picture = try #require(try everything(in: data).first { $0.isImagePath })
      let content = try Data(contentsOf: URL(fileURLWithPath: picture))
      // Its header is whole.
      try content.prefix(content.count - 40).write(to: URL(fileURLWithPath: picture))
      let cache = cache(folder + "/cache")
      try expectSame(data, cache)
      #expect(
        find([data], cache).found.reports.contains { $0.count(of: .unreadableImage) == 1 })
      let calls = Mutex(0)
      let counting: DatasetLoader.Decode = { image in
        calls.withLock { $0 += 1 }
        return try image.pixels()
      }
      // As of headers alone it is another one.
      #expect(find([data], decode: nil, cache).found == find([data], decode: nil, nil).found)
      #expect(find([data], decode: counting, cache).isKept)
      #expect(calls.withLock { $0 } == 0)
    }
  }

  @Test func otherOptionsAreOtherIndexes() throws {
    try withFolder { folder in
      try write(.voc, to: folder + "/data")
      let cache = cache(folder + "/cache")
      _ = find([folder + "/data"], cache)
      let options = ReadingOptions(firstPixel: 0)
      let other = find([folder + "/data"], options: options, cache)
      #expect(!other.isKept)
      #expect(other.found == find([folder + "/data"], options: options, nil).found)
      let strict = try DatasetLoader(path: folder + "/data", isStrict: true, cache: cache)
      let all = try strict.load(split: "train", decode: { try $0.pixels() })
      #expect(all.dataset.images.count == 4)
      let narrow = try DatasetLoader(path: folder + "/data", cache: cache)
      let loaded = try narrow.load(
        split: "train", classNames: ["none"], decode: { try $0.pixels() })
      #expect(loaded.dataset.images.filter { !$0.groundTruth.isEmpty }.isEmpty)
      #expect(loaded.report.count(of: .unknownName) > 0)
    }
  }

  @Test func severalPlacesAreKeptAsOne() throws {
    try withFolder { folder in
      try write(.voc, to: folder + "/a")
      try write(.coco, to: folder + "/b")
      let cache = cache(folder + "/cache")
      let anew = find([folder + "/a", folder + "/b"], nil).found
      _ = find([folder + "/a", folder + "/b"], cache)
      let kept = find([folder + "/a", folder + "/b"], cache)
      #expect(kept.isKept && kept.found == anew && anew.error == nil)
      #expect(anew.formats == ["voc", "coco"])
      #expect(!find([folder + "/a"], cache).isKept)
    }
  }

  // A bit of every byte, and every length in steps: what is no index any more is read anew.
  @Test func aDamagedIndexIsNeverTaken() throws {
    try withFolder { folder in
      let data = folder + "/data"
      try write(.yolo, to: data)
      let told = Lines()
      let cache = cache(folder + "/cache", told: told)
      let anew = find([data], nil).found
      _ = find([data], cache)
      let files = try everything(in: folder + "/cache")
      #expect(files.count == 4)
      var damages = 0
      for file in files {
        let content = try Data(contentsOf: URL(fileURLWithPath: file))
        func expectAnew(_ damaged: Data, _ what: String) throws {
          try damaged.write(to: URL(fileURLWithPath: file))
          #expect(find([data], cache).found == anew, "\(what) of \(file)")
          try content.write(to: URL(fileURLWithPath: file))
          damages += 1
        }
        for place in stride(from: 0, to: content.count, by: max(1, content.count / 40)) {
          var damaged = content
          damaged[place] ^= 1 << UInt8(place % 8)
          try expectAnew(damaged, "bit \(place % 8) of byte \(place)")
          try expectAnew(content.prefix(place), "\(place) bytes")
        }
        try expectAnew(content + Data([0]), "a byte more")
        // Another index in its place.
        let other = try Data(
          contentsOf: URL(fileURLWithPath: try #require(files.first { $0 != file })))
        try expectAnew(other, "another index in the place")
      }
      #expect(damages > 300)
      // The first one is told, and no other.
      #expect(told.all.count == 1)
    }
  }

  @Test func aFolderThatCannotBeWrittenIsToldOnce() throws {
    try withFolder { folder in
      try write(.voc, to: folder + "/data")
      try Fixtures.write("a file", to: folder + "/file")
      let told = Lines()
      try expectSame(
        folder + "/data", cache(folder + "/file/cache", told: told), isKept: false)
      #expect(told.all.count == 1)
      #expect(told.all.first?.hasPrefix(folder + "/file: expected a folder, found a file") == true)
      #expect(told.all.first?.hasSuffix("(MULTIBOX_CACHE=off keeps nothing)") == true)
    }
  }

  // An index that nobody has opened for longer than a month; another's file is none, however old.
  @Test func unusedIndexesGoAndOthersFilesStay() throws {
    try withFolder { folder in
      try write(.voc, to: folder + "/data")
      let kept = folder + "/cache"
      let name = String(repeating: "0a", count: 16)
      let recent = "\(String(repeating: "b1", count: 16)).index"
      let old = ["\(name).index", "vectors.index", "\(name.dropLast()).index", name]
      for name in old + [recent] {
        try Fixtures.write("not ours", to: "\(kept)/\(name)")
      }
      for name in old {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: -31 * 24 * 3600)],
          ofItemAtPath: "\(kept)/\(name)")
      }
      _ = find([folder + "/data"], cache(kept))
      let left = try FileManager.default.contentsOfDirectory(atPath: kept)
      #expect(!left.contains(old[0]))
      #expect(Set(left).isSuperset(of: old.dropFirst() + [recent]))
      // Those of the places, the classes and two splits.
      #expect(left.count == 8)
    }
  }

  // Labels may be of files that others must not read.
  @Test func aFolderThatIsMadeIsForItsUserAlone() throws {
    try withFolder { folder in
      try write(.voc, to: folder + "/data")
      func permissions(_ name: String) throws -> Int? {
        _ = find([folder + "/data"], cache("\(folder)/\(name)"))
        return try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[
          .posixPermissions] as? Int
      }
      #expect(try permissions("new") == 0o700)
      try FileManager.default.createDirectory(
        atPath: folder + "/old", withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o750])
      #expect(try permissions("old") == 0o750)
    }
  }

  // By hand, of a process that has this code in a library: that, the program, and what decodes.
  @Test func theCodeIsWhereverItIsLinked() {
    let maps = """
      1000-2000 r--p 00000000 fe:00 1                    /usr/bin/other tool
      2000-3000 r-xp 00001000 fe:00 1                    /usr/bin/other tool
      4000-5000 r-xp 00000000 fe:00 2                    /usr/lib/libpipeline.so
      5000-6000 rw-p 00001000 fe:00 2                    /usr/lib/libpipeline.so
      7000-8000 r-xp 00000000 fe:00 3                    /usr/lib/libjpeg.so.62.3.0
      8000-9000 r--p 00001000 fe:00 4                    /usr/lib/libpng16.so.16
      9000-a000 r-xp 00000000 fe:00 5                    /usr/lib/libengine.so
      b000-c000 rw-p 00000000 00:00 0                    [heap]
      c000-d000 r-xp 00000000 00:00 0
      """
    let others: Set = ["/usr/bin/other tool", "/usr/lib/libjpeg.so.62.3.0"]
    #expect(ReadingCode.files(maps: maps, around: 0x2800) == others)
    for own in [0x4000, 0x5fff] as [UInt] {
      #expect(
        ReadingCode.files(maps: maps, around: own) == others.union(["/usr/lib/libpipeline.so"]))
    }
    #expect(ReadingCode.files(maps: maps, around: 0x6000) == others)
  }

  @Test func severalAtOnceFindTheSame() throws {
    try withFolder { folder in
      try write(.coco, to: folder + "/data")
      let anew = find([folder + "/data"], nil).found
      let others = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: 16) { _ in
        let found = find([folder + "/data"], cache(folder + "/cache")).found
        if found != anew { others.withLock { $0 += 1 } }
      }
      #expect(others.withLock { $0 } == 0)
      #expect(try everything(in: folder + "/cache").count == 4)
    }
  }

  @Test func aKeptImageCanBeChanged() throws {
    try withFolder { folder in
      try write(.coco, to: folder + "/data")
      let cache = cache(folder + "/cache")
      _ = find([folder + "/data"], cache)
      let loader = try DatasetLoader(path: folder + "/data", cache: cache)
      var images = try loader.load(split: "train", decode: { try $0.pixels() }).dataset.images
      #expect(loader.keptSince != nil)
      // Two words: a million cost as much in every process, whatever is in them.
      #expect(MemoryLayout<DatasetImage>.stride == 16)
      let before = images.map(Image.init)
      images[1].name = "other"
      images[1].groundTruth[0].classIndex += 1
      let changed = Image(images[1])
      #expect(changed.name == "other" && changed.source == before[1].source)
      #expect(changed.objects[0].classIndex == before[1].objects[0].classIndex + 1)
      #expect(changed.objects[0].box == before[1].objects[0].box)
      #expect(changed.areas == before[1].areas && changed.size == before[1].size)
      #expect(Image(images[0]) == before[0] && Image(images[2]) == before[2])
    }
  }

  @Test func picturesThatAreMadeAreNotKept() throws {
    try withFolder { folder in
      let cache = cache(folder + "/cache")
      for _ in 0..<2 { #expect(!find(["shapes:images=4,side=32"], cache).isKept) }
      #expect(!FolderListing.isFolder(folder + "/cache"))
    }
  }

  @Test func theEnvironmentSaysWhere() {
    #expect(IndexCache.folder(["HOME": "/home/a"]) == "/home/a/.cache/multibox")
    #expect(
      IndexCache.folder(["HOME": "/home/a", "XDG_CACHE_HOME": "/var/c"]) == "/var/c/multibox")
    #expect(
      IndexCache.folder(["HOME": "/home/a", "XDG_CACHE_HOME": "c"]) == "/home/a/.cache/multibox")
    #expect(IndexCache.folder(["HOME": "/home/a", "MULTIBOX_CACHE": "/x"]) == "/x")
    #expect(IndexCache.folder(["HOME": "/home/a", "MULTIBOX_CACHE": "off"]) == nil)
    #expect(IndexCache.folder(["HOME": "/home/a", "MULTIBOX_CACHE": ""]) == nil)
    #expect(IndexCache.folder([:]) == nil)
  }
}
