#include "CBuildStamp.h"

// The manifest defines it where the environment names it. This is C because Swift's defines have no value, and a
// module of its own because this file alone is compiled anew for another commit.
#ifndef MULTIBOX_COMMIT
#define MULTIBOX_COMMIT
#endif

#define TEXT_OF(...) #__VA_ARGS__
#define EXPANDED(...) TEXT_OF(__VA_ARGS__)

const char *build_commit(void) { return EXPANDED(MULTIBOX_COMMIT); }
