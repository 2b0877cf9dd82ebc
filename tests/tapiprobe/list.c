/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

static LONG get_dev_caps(const void *of, void *into)
{
	const struct line *l = of;
	return lineGetDevCapsW(app, l->device, l->api, 0, into);
}

static LONG get_address_caps(const void *of, void *into)
{
	const struct line *l = of;
	return lineGetAddressCapsW(app, l->device, 0, l->api, 0, into);
}

static LONG get_provider_list(const void *of, void *into) { return lineGetProviderListW(*(const DWORD *)of, into); }

/* print_field prints one name and value, as text or JSON. */
static void print_field(int json, const char *name, const char *value)
{
	char plain[4 * TEXT_SIZE];

	if (json) {
		printf(",\"%s\":", name);
		json_string(stdout, value);
		return;
	}
	text_plain(value, plain, sizeof plain);
	printf("  %-18s %s\n", name, plain);
}

static void print_number(int json, const char *name, DWORD value)
{
	if (json)
		printf(",\"%s\":%lu", name, value);
	else
		printf("  %-18s %lu\n", name, value);
}

static void print_bits(int json, const char *name, enum family f, DWORD bits)
{
	char words[800];

	bit_names(f, bits, ' ', words, sizeof words);
	print_field(json, name, words);
}

static void print_version(int json, const char *name, DWORD v)
{
	char words[24];

	snprintf(words, sizeof words, "%lu.%lu", v >> 16, v & 0xFFFF);
	print_field(json, name, words);
}

static void print_device(struct line *l, int json)
{
	LONG err = 0;
	LINEDEVCAPS *d = l->known ? read_structure(get_dev_caps, l, sizeof *d, 1024, &err) : NULL;
	LINEADDRESSCAPS *a = d ? read_structure(get_address_caps, l, sizeof *a, 1024, &err) : NULL;

	if (json)
		printf("{\"kind\":\"device\",\"device\":%lu", l->device);
	else
		printf("device %lu\n", l->device);
	if (!d) {
		print_field(json, "refused", error_name(l->known ? err : l->refused));
	} else {
		print_field(json, "name", l->name);
		print_field(json, "address", l->address);
		print_number(json, "permanent", d->dwPermanentLineID);
		print_field(json, "provider", l->provider);
		print_version(json, "version", l->api);
		print_number(json, "addresses", d->dwNumAddresses);
		print_number(json, "maxActive", d->dwMaxNumActiveCalls);
		print_bits(json, "media", MEDIA_MODE, d->dwMediaModes);
		print_number(json, "ringModes", d->dwRingModes);
		print_bits(json, "lineFeatures", LINE_FEATURE, d->dwLineFeatures);
		print_bits(json, "lineStates", LINE_STATE, d->dwLineStates);
	}
	if (a) {
		print_bits(json, "callStates", CALL_STATE, a->dwCallStates);
		print_bits(json, "callFeatures", CALL_FEATURE, a->dwCallFeatures);
		print_bits(json, "addressFeatures", ADDRESS_FEATURE, a->dwAddressFeatures);
		print_bits(json, "callInfo", CALL_INFO, a->dwCallInfoStates);
		print_number(json, "maxOnHold", a->dwMaxNumOnHoldCalls);
	}
	printf(json ? "}\n" : "\n");
	free(a);
	free(d);
}

static void print_providers(int json)
{
	LONG err;
	LINEPROVIDERLIST *p = read_structure(get_provider_list, &api_high, sizeof *p, 1024, &err);
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
		char file[TEXT_SIZE], plain[4 * TEXT_SIZE];
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

int list_devices(int json)
{
	print_providers(json);
	if (!json)
		printf("%lu line device%s\n\n", lines_number, lines_number == 1 ? "" : "s");
	for (DWORD i = 0; i < lines_number; i++)
		print_device(&lines[i], json);
	return EXIT_OK;
}
