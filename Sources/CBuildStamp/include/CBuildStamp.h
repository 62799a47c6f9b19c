// What a build was told of itself.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// The commit that it is made of, with `+changes` behind it where files differed; empty where nobody told.
/* borrowed, for ever */
const char *build_commit(void);

#ifdef __cplusplus
}
#endif
