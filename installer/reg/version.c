#include "reg.h"

/* The one file that another version changes. */
const wchar_t product_version[] = L"" VERSION_TEXT;
