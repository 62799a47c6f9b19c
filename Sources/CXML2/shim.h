// Debian's libxml2 is built with ICU, whose types Foundation has, too, in another version.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/xmlreader.h>
#include <libxml/xmlwriter.h>
