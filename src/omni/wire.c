/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/wire.h"

#include <string.h>

#define VARINT_BYTES 10

/* ---------------------------------------------------------------------------------------------------- reading -- */

static bool take_varint(struct sr_span *rest, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < rest->len && i < VARINT_BYTES; i++) {
        const uint8_t byte = (uint8_t)rest->data[i];
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            rest->data += i + 1;
            rest->len -= i + 1;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct sr_span *rest, uint64_t len, struct sr_span *bytes) {
    if (len > rest->len)
        return false;
    *bytes = (struct sr_span){rest->data, (size_t)len};
    rest->data += len;
    rest->len -= (size_t)len;
    return true;
}

static uint64_t little_endian(struct sr_span bytes) {
    uint64_t value = 0;
    for (size_t i = bytes.len; i-- > 0;)
        value = value << 8 | (uint8_t)bytes.data[i];
    return value;
}

int sr_wire_next(struct sr_span *rest, struct sr_wire_field *field) {
    const struct sr_span before = *rest;
    uint64_t tag, len;
    bool good;
    if (rest->len == 0)
        return 0;
    if (!take_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > 536870911)
        return SARAI_EINPUT;
    *field = (struct sr_wire_field){.number = (unsigned)(tag >> 3), .type = (enum sr_wire_type)(tag & 7)};
    switch (field->type) {
    case SR_WIRE_VARINT:
        good = take_varint(rest, &field->value);
        break;
    case SR_WIRE_FIXED64:
    case SR_WIRE_FIXED32:
        good = take_bytes(rest, field->type == SR_WIRE_FIXED64 ? 8 : 4, &field->bytes);
        field->value = good ? little_endian(field->bytes) : 0;
        break;
    case SR_WIRE_BYTES:
        good = take_varint(rest, &len) && take_bytes(rest, len, &field->bytes);
        break;
    default: /* groups: ONNX has none */
        good = false;
    }
    field->whole = (struct sr_span){before.data, before.len - rest->len};
    return good ? 1 : SARAI_EINPUT;
}

bool sr_span_is(struct sr_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

/* ---------------------------------------------------------------------------------------------------- writing -- */

static void put_varint(struct sr_str *out, uint64_t value) {
    while (value >= 0x80) {
        sr_str_addc(out, (char)(value | 0x80));
        value >>= 7;
    }
    sr_str_addc(out, (char)value);
}

static void put_tag(struct sr_str *out, unsigned number, enum sr_wire_type type) {
    put_varint(out, (uint64_t)number << 3 | type);
}

void sr_wire_put_varint(struct sr_str *out, unsigned number, uint64_t value) {
    put_tag(out, number, SR_WIRE_VARINT);
    put_varint(out, value);
}

void sr_wire_put_float(struct sr_str *out, unsigned number, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_tag(out, number, SR_WIRE_FIXED32);
    for (int i = 0; i < 4; i++)
        sr_str_addc(out, (char)(bits >> 8 * i));
}

void sr_wire_put_bytes(struct sr_str *out, unsigned number, const void *bytes, size_t len) {
    put_tag(out, number, SR_WIRE_BYTES);
    put_varint(out, len);
    sr_str_add(out, bytes, len);
}

void sr_wire_put_text(struct sr_str *out, unsigned number, const char *text) {
    sr_wire_put_bytes(out, number, text, strlen(text));
}

void sr_wire_put_message(struct sr_str *out, unsigned number, struct sr_str *inner) {
    if (inner->failed)
        out->failed = true;
    else
        sr_wire_put_bytes(out, number, inner->len > 0 ? inner->data : "", inner->len);
    sr_str_clear(inner);
}
