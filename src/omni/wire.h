/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The wire format of protocol buffers, which ONNX files are written in: fields with a number and a varint, a fixed
 * number or bytes. Reading never goes past the end of what it was given, and copies nothing.
 */
#ifndef SR_OMNI_WIRE_H
#define SR_OMNI_WIRE_H

#include "base/str.h"

struct sr_span {
    const char *data;
    size_t len;
};

enum sr_wire_type { SR_WIRE_VARINT = 0, SR_WIRE_FIXED64 = 1, SR_WIRE_BYTES = 2, SR_WIRE_FIXED32 = 5 };

struct sr_wire_field {
    unsigned number;
    enum sr_wire_type type;
    uint64_t value;       /* of the numbers */
    struct sr_span bytes; /* of bytes: what they hold */
    struct sr_span whole; /* the field as it stands there, tag included */
};

/** Takes the next field off `rest`. 1: `*field` is filled; 0: `rest` is empty; SARAI_EINPUT: this is not the format. */
int sr_wire_next(struct sr_span *rest, struct sr_wire_field *field);
bool sr_span_is(struct sr_span span, const char *text);

void sr_wire_put_varint(struct sr_str *out, unsigned number, uint64_t value);
void sr_wire_put_float(struct sr_str *out, unsigned number, float value);
void sr_wire_put_bytes(struct sr_str *out, unsigned number, const void *bytes, size_t len);
void sr_wire_put_text(struct sr_str *out, unsigned number, const char *text);
/** A message that was put together in `inner`, which is emptied; a failure in it is one of `out`. */
void sr_wire_put_message(struct sr_str *out, unsigned number, struct sr_str *inner);

#endif
