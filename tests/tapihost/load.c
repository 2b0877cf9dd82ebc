/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdio.h>
#include <string.h>

struct functions tsp;

static HMODULE dll;
static char path[MAX_PATH];

/* required has the functions of classes B and S, which a provider needs for the functions that offhook's has. */
static const char *const required[] = {
	"lineAnswer", "lineBlindTransfer", "lineClose", "lineCloseCall", "lineConditionalMediaDetection", "lineDial", "lineDrop",
	"lineGetAddressCaps", "lineGetAddressID", "lineGetAddressStatus", "lineGetCallAddressID", "lineGetCallInfo", "lineGetCallStatus",
	"lineGetDevCaps", "lineGetID", "lineGetLineDevStatus", "lineGetNumAddressIDs", "lineHold", "lineMakeCall",
	"lineNegotiateTSPIVersion", "lineOpen", "lineSetAppSpecific", "lineSetDefaultMediaDetection", "lineSetMediaMode",
	"lineSetStatusMessages", "lineUnhold", "providerEnumDevices", "providerInit", "providerShutdown", "providerUIIdentify"};

/* tspi_names has all names of tspi.h that may follow TSPI_. */
static const char tspi_names[] =
	" lineAccept lineAddToConference lineAnswer lineBlindTransfer lineClose lineCloseCall lineCloseMSPInstance lineCompleteCall "
	"lineCompleteTransfer lineConditionalMediaDetection lineCreateMSPInstance lineDevSpecific lineDevSpecificFeature lineDial lineDrop "
	"lineDropNoOwner lineDropOnClose lineForward lineGatherDigits lineGenerateDigits lineGenerateTone lineGetAddressCaps lineGetAddressID "
	"lineGetAddressStatus lineGetCallAddressID lineGetCallHubTracking lineGetCallID lineGetCallIDs lineGetCallInfo lineGetCallStatus "
	"lineGetDevCaps lineGetDevConfig lineGetExtensionID lineGetIcon lineGetID lineGetLineDevStatus lineGetNumAddressIDs lineHold "
	"lineMakeCall lineMonitorDigits lineMonitorMedia lineMonitorTones lineMSPIdentify lineNegotiateExtVersion lineNegotiateTSPIVersion "
	"lineOpen linePark linePickup linePrepareAddToConference lineReceiveMSPData lineRedirect lineReleaseUserUserInfo "
	"lineRemoveFromConference lineSecureCall lineSelectExtVersion lineSendUserUserInfo lineSetAppSpecific lineSetCallData "
	"lineSetCallHubTracking lineSetCallParams lineSetCallQualityOfService lineSetCallTreatment lineSetCurrentLocation "
	"lineSetDefaultMediaDetection lineSetDevConfig lineSetLineDevStatus lineSetMediaControl lineSetMediaMode lineSetStatusMessages "
	"lineSetTerminal lineSetupConference lineSetupTransfer lineSwapHold lineUncompleteCall lineUnhold lineUnpark "
	"phoneNegotiateTSPIVersion providerConfig providerCreateLineDevice providerCreatePhoneDevice providerEnumDevices "
	"providerFreeDialogInstance providerGenericDialogData providerInit providerInstall providerRemove providerShutdown providerUIIdentify ";

static FARPROC provider_function(const char *f)
{
	char name[80];

	snprintf(name, sizeof name, "TSPI_%s", f);
	return GetProcAddress(dll, name);
}

int load_provider(const char *file)
{
	snprintf(path, sizeof path, "%s", file);
	return reload_provider();
}

int reload_provider(void)
{
	dll = LoadLibraryA(path);
	if (!dll)
		return 0;
#define X(f) tsp.f = (__typeof__(tsp.f))(void *)provider_function(#f);
	FUNCTIONS(X)
#undef X
	return 1;
}

FARPROC optional_function(const char *name)
{
	char full[64];

	snprintf(full, sizeof full, "TSPI_%s", name);
	return dll ? GetProcAddress(dll, full) : NULL;
}

void unload_provider(void)
{
	if (dll)
		FreeLibrary(dll);
	dll = NULL;
}

/* check_exports reads the names in the image, since GetProcAddress cannot list them. */
void check_exports(void)
{
	BYTE *base = (BYTE *)dll;
	IMAGE_NT_HEADERS *nt = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
	IMAGE_DATA_DIRECTORY *d = &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
	IMAGE_EXPORT_DIRECTORY *e = (IMAGE_EXPORT_DIRECTORY *)(base + d->VirtualAddress);
	DWORD *names = (DWORD *)(base + e->AddressOfNames);

	for (size_t i = 0; i < sizeof required / sizeof *required; i++)
		check(1, provider_function(required[i]) != NULL, "TSPI_%s is not exported", required[i]);
	for (DWORD i = 0; d->Size && i < e->NumberOfNames; i++) {
		const char *name = (const char *)(base + names[i]);
		char word[96];
		if (strstr(name, "TSPI_") && strncmp(name, "TSPI_", 5) != 0 && strncmp(name, "TUISPI_", 7) != 0)
			rule_fail(1, "%s is decorated", name);
		if (strncmp(name, "TSPI_", 5) != 0)
			continue;
		snprintf(word, sizeof word, " %s ", name + 5);
		if (strchr(name, '@') || (!strstr(tspi_names, word) && strncmp(name, "TSPI_phone", 10) != 0))
			rule_fail(1, "%s is not a name of tspi.h", name);
	}
}
