#include "probe.h"

#include <stdlib.h>
#include <string.h>

static LONG ask_caps(const void *of, void *into)
{
	const struct line *l = of;
	return lineGetDevCapsW(app, l->device, l->api, 0, into);
}

static LONG ask_address(const void *of, void *into)
{
	const struct line *l = of;
	return lineGetAddressCapsW(app, l->device, 0, l->api, 0, into);
}

static LONG ask_providers(const void *of, void *into) { return lineGetProviderListW(*(const DWORD *)of, into); }

/* said prints one name and value in either form. */
static void said(int json, const char *name, const char *value)
{
	char plain[4 * WORDS];

	if (json) {
		printf(",\"%s\":", name);
		json_string(stdout, value);
		return;
	}
	text_plain(value, plain, sizeof plain);
	printf("  %-18s %s\n", name, plain);
}

static void said_number(int json, const char *name, DWORD value)
{
	if (json)
		printf(",\"%s\":%lu", name, value);
	else
		printf("  %-18s %lu\n", name, value);
}

static void said_bits(int json, const char *name, enum family f, DWORD bits)
{
	char words[800];

	bit_names(f, bits, ' ', words, sizeof words);
	said(json, name, words);
}

static void said_version(int json, const char *name, DWORD v)
{
	char words[24];

	snprintf(words, sizeof words, "%lu.%lu", v >> 16, v & 0xFFFF);
	said(json, name, words);
}

static void one(struct line *l, int json)
{
	LONG err = 0;
	LINEDEVCAPS *d = l->known ? grown(ask_caps, l, sizeof *d, 1024, &err) : NULL;
	LINEADDRESSCAPS *a = d ? grown(ask_address, l, sizeof *a, 1024, &err) : NULL;

	if (json)
		printf("{\"kind\":\"device\",\"device\":%lu", l->device);
	else
		printf("device %lu\n", l->device);
	if (!d) {
		said(json, "refused", error_name(l->known ? err : l->refused));
	} else {
		said(json, "name", l->name);
		said(json, "address", l->address);
		said_number(json, "permanent", d->dwPermanentLineID);
		said(json, "provider", l->provider);
		said_version(json, "version", l->api);
		said_number(json, "addresses", d->dwNumAddresses);
		said_number(json, "maxActive", d->dwMaxNumActiveCalls);
		said_bits(json, "media", MEDIA_MODE, d->dwMediaModes);
		said_number(json, "ringModes", d->dwRingModes);
		said_bits(json, "lineFeatures", LINE_FEATURE, d->dwLineFeatures);
		said_bits(json, "lineStates", LINE_STATE, d->dwLineStates);
	}
	if (a) {
		said_bits(json, "callStates", CALL_STATE, a->dwCallStates);
		said_bits(json, "callFeatures", CALL_FEATURE, a->dwCallFeatures);
		said_bits(json, "addressFeatures", ADDRESS_FEATURE, a->dwAddressFeatures);
		said_bits(json, "callInfo", CALL_INFO, a->dwCallInfoStates);
		said_number(json, "maxOnHold", a->dwMaxNumOnHoldCalls);
	}
	printf(json ? "}\n" : "\n");
	free(a);
	free(d);
}

static void providers(int json)
{
	LONG err;
	LINEPROVIDERLIST *p = grown(ask_providers, &api_high, sizeof *p, 1024, &err);
	DWORD n = 0;

	if (!p) {
		fprintf(stderr, "tapiprobe: lineGetProviderList: %s\n", error_name(err));
		return;
	}
	if (p->dwProviderListOffset <= p->dwUsedSize && p->dwProviderListSize <= p->dwUsedSize - p->dwProviderListOffset)
		n = p->dwProviderListSize / sizeof(LINEPROVIDERENTRY);
	if (n > p->dwNumProviders)
		n = p->dwNumProviders;
	for (DWORD i = 0; i < n; i++) {
		LINEPROVIDERENTRY e;
		char file[WORDS], plain[4 * WORDS];
		memcpy(&e, (BYTE *)p + p->dwProviderListOffset + i * sizeof e, sizeof e);
		field_text(p, e.dwProviderFilenameOffset, e.dwProviderFilenameSize, file, sizeof file);
		text_plain(file, plain, sizeof plain);
		if (json) {
			printf("{\"kind\":\"provider\",\"permanent\":%lu,\"file\":", e.dwPermanentProviderID);
			json_string(stdout, file);
			printf("}\n");
		} else
			printf("provider %lu  %s\n", e.dwPermanentProviderID, plain);
	}
	free(p);
}

int list(int json)
{
	providers(json);
	if (!json)
		printf("%lu line device%s\n\n", lines_number, lines_number == 1 ? "" : "s");
	for (DWORD i = 0; i < lines_number; i++)
		one(&lines[i], json);
	return OK;
}
