/* SPDX-License-Identifier: MIT */
#include "reg.h"

/* This is the only source file that another version changes. */
const wchar_t product_version[] = L"" VERSION_TEXT;
