/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/onnx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_DIM ((int64_t)1 << 40)

/* A file mapped into memory. */
struct sr_onnx_map {
    struct sr_onnx_map *next;
    char *name; /* as the model calls it; the model's own has none */
    struct sr_span bytes;
};

struct reader {
    struct sr_onnx *onnx;
    const char *path;
    struct sarai_error *error;
};

static int refuse(const struct reader *reader, const char *why) {
    return sr_error(reader->error, SARAI_EINPUT, reader->path, "%s", why);
}

static int broken(const struct reader *reader) {
    return refuse(reader, "this is no ONNX model, or it is cut off");
}

static int no_memory(const struct reader *reader) {
    return sr_error(reader->error, SARAI_ENOMEM, reader->path, "out of memory");
}

bool sr_span_same(struct sr_span a, struct sr_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ------------------------------------------------------------------------------------------------------ files -- */

static int map_file(const struct reader *reader, const char *path, struct sr_span *out) {
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sr_error_errno(reader->error, errno == ENOENT ? SARAI_EMODEL : SARAI_EIO, path, "can't be opened");
    int rc = SARAI_OK;
    void *bytes = MAP_FAILED;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        rc = sr_error(reader->error, SARAI_EINPUT, path, "is no ordinary file");
    else if (info.st_size == 0)
        rc = sr_error(reader->error, SARAI_EINPUT, path, "is empty");
    else if ((bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        rc = sr_error_errno(reader->error, SARAI_EIO, path, "can't be mapped");
    else
        *out = (struct sr_span){bytes, (size_t)info.st_size};
    close(fd);
    return rc;
}

static int add_map(struct reader *reader, const char *path, struct sr_span name, struct sr_onnx_map **out) {
    struct sr_onnx_map *map = calloc(1, sizeof *map);
    char *copy = sr_strndup(name.len ? name.data : "", name.len);
    int rc = map && copy ? map_file(reader, path, &map->bytes) : no_memory(reader);
    if (rc < 0) {
        free(copy);
        free(map);
        return rc;
    }
    map->name = copy;
    map->next = reader->onnx->maps;
    reader->onnx->maps = map;
    *out = map;
    return SARAI_OK;
}

/* A data file lies beside the model: a name that leads elsewhere is refused. */
static bool is_plain_name(struct sr_span name) {
    return name.len > 0 && name.len < 256 && memchr(name.data, '/', name.len) == NULL &&
           memchr(name.data, '\0', name.len) == NULL && !sr_span_is(name, "..") && !sr_span_is(name, ".");
}

static int find_map(struct reader *reader, struct sr_span name, struct sr_onnx_map **out) {
    if (!is_plain_name(name))
        return refuse(reader, "its data file must be a plain name beside the model");
    for (*out = reader->onnx->maps; *out; *out = (*out)->next)
        if (sr_span_is(name, (*out)->name))
            return SARAI_OK;
    const char *slash = strrchr(reader->path, '/');
    char *path =
        sr_asprintf("%.*s%.*s", slash ? (int)(slash + 1 - reader->path) : 0, reader->path, (int)name.len, name.data);
    const int rc = path ? add_map(reader, path, name, out) : no_memory(reader);
    free(path);
    if (rc == SARAI_OK)
        reader->onnx->data_bytes += (*out)->bytes.len;
    return rc;
}

/* ---------------------------------------------------------------------------------------------------- tensors -- */

struct external {
    struct sr_span location;
    uint64_t offset, len;
    bool has_len;
};

static bool parse_whole(struct sr_span text, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *value > UINT64_MAX / 10 - 1)
            return false;
        *value = *value * 10 + (uint64_t)(text.data[i] - '0');
    }
    return text.len > 0;
}

static int read_external(struct reader *reader, struct sr_span entry, struct external *external) {
    struct sr_wire_field field;
    struct sr_span key = {"", 0}, value = {"", 0};
    int rc;
    while ((rc = sr_wire_next(&entry, &field)) > 0) {
        if (field.type == SR_WIRE_BYTES && field.number == 1)
            key = field.bytes;
        else if (field.type == SR_WIRE_BYTES && field.number == 2)
            value = field.bytes;
    }
    if (rc < 0)
        return broken(reader);
    if (sr_span_is(key, "location"))
        external->location = value;
    else if (sr_span_is(key, "offset") && !parse_whole(value, &external->offset))
        return refuse(reader, "the offset of external data is no number");
    else if (sr_span_is(key, "length") && !(external->has_len = parse_whole(value, &external->len)))
        return refuse(reader, "the length of external data is no number");
    return SARAI_OK;
}

static bool add_dim(struct sr_onnx_weight *weight, uint64_t value) {
    if (weight->rank == SR_ONNX_RANK || value > (uint64_t)MOST_DIM ||
        (value > 0 && weight->count > (uint64_t)MOST_DIM / value))
        return false;
    weight->dims[weight->rank++] = (int64_t)value;
    weight->count *= value;
    return true;
}

static bool add_dims(struct sr_onnx_weight *weight, const struct sr_wire_field *field) {
    if (field->type == SR_WIRE_VARINT)
        return add_dim(weight, field->value);
    if (field->type != SR_WIRE_BYTES)
        return false;
    for (struct sr_span packed = field->bytes; packed.len > 0;) {
        uint64_t value = 0;
        unsigned shift = 0;
        bool more = true;
        while (more && packed.len > 0 && shift < 63) {
            value |= (uint64_t)(packed.data[0] & 0x7f) << shift;
            more = packed.data[0] & 0x80;
            shift += 7;
            packed.data++;
            packed.len--;
        }
        if (more || !add_dim(weight, value))
            return false;
    }
    return true;
}

static size_t type_bytes(int type) {
    switch (type) {
    case SR_ONNX_FLOAT:
    case SR_ONNX_INT32:
        return 4;
    case SR_ONNX_UINT8:
    case SR_ONNX_INT8:
        return 1;
    case SR_ONNX_INT64:
        return 8;
    default:
        return 0; /* not looked into */
    }
}

static int check_size(const struct reader *reader, const struct sr_onnx_weight *weight) {
    const size_t bytes = type_bytes(weight->type);
    if (!weight->data.data || bytes == 0 || weight->data.len == weight->count * bytes)
        return SARAI_OK;
    return sr_error(reader->error, SARAI_EINPUT, reader->path, "the weight %.*s has %zu bytes and needs %llu",
                    (int)(weight->name.len < 80 ? weight->name.len : 80), weight->name.data, weight->data.len,
                    (unsigned long long)(weight->count * bytes));
}

static int find_data(struct reader *reader, struct sr_onnx_weight *weight, const struct external *external) {
    struct sr_onnx_map *map;
    const int rc = find_map(reader, external->location, &map);
    if (rc < 0)
        return rc;
    const uint64_t len = external->has_len ? external->len : weight->count * type_bytes(weight->type);
    if (external->offset > map->bytes.len || len > map->bytes.len - external->offset)
        return sr_error(reader->error, SARAI_EINPUT, reader->path,
                        "the data file %s is cut off: it has %zu bytes and %llu are needed", map->name, map->bytes.len,
                        (unsigned long long)(external->offset + len));
    weight->data = (struct sr_span){map->bytes.data + external->offset, (size_t)len};
    return SARAI_OK;
}

static int read_weight(struct reader *reader, struct sr_span bytes, struct sr_onnx_weight *weight) {
    struct external external = {.location = {"", 0}};
    struct sr_wire_field field;
    bool is_external = false;
    int rc;
    *weight = (struct sr_onnx_weight){.name = {"", 0}, .whole = bytes, .count = 1};
    while ((rc = sr_wire_next(&bytes, &field)) > 0) {
        bool good = true;
        switch (field.number) {
        case SR_TENSOR_DIM:
            good = add_dims(weight, &field);
            break;
        case SR_TENSOR_TYPE:
            weight->type = field.value < 64 ? (int)field.value : 0;
            break;
        case SR_TENSOR_NAME:
            if ((good = field.type == SR_WIRE_BYTES))
                weight->name = field.bytes;
            break;
        case SR_TENSOR_RAW:
            if ((good = field.type == SR_WIRE_BYTES))
                weight->data = field.bytes;
            break;
        case SR_TENSOR_EXTERNAL:
            if (field.type != SR_WIRE_BYTES)
                good = false;
            else if ((rc = read_external(reader, field.bytes, &external)) < 0)
                return rc;
            break;
        case SR_TENSOR_LOCATION:
            is_external = field.value == 1;
            break;
        default:
            break;
        }
        if (!good)
            return broken(reader);
    }
    if (rc < 0)
        return broken(reader);
    if (is_external && (rc = find_data(reader, weight, &external)) < 0)
        return rc;
    return check_size(reader, weight);
}

/* ------------------------------------------------------------------------------------------------------ nodes -- */

static int read_attribute(struct reader *reader, struct sr_span bytes) {
    struct sr_wire_field field;
    int rc;
    while ((rc = sr_wire_next(&bytes, &field)) > 0)
        reader->onnx->nested |= field.number == SR_ATTRIBUTE_GRAPH || field.number == SR_ATTRIBUTE_GRAPHS;
    return rc < 0 ? broken(reader) : SARAI_OK;
}

static int read_node(struct reader *reader, struct sr_span bytes, struct sr_onnx_node *node) {
    struct sr_wire_field field;
    int rc;
    *node = (struct sr_onnx_node){.op = {"", 0}, .domain = {"", 0}, .name = {"", 0}, .whole = bytes};
    while ((rc = sr_wire_next(&bytes, &field)) > 0) {
        if (field.number > SR_NODE_DOMAIN)
            continue;
        if (field.type != SR_WIRE_BYTES)
            return broken(reader);
        if (field.number == SR_NODE_INPUT && node->input_count++ < 4)
            node->inputs[node->input_count - 1] = field.bytes;
        else if (field.number == SR_NODE_OUTPUT && node->output_count++ < 1)
            node->outputs[0] = field.bytes;
        else if (field.number == SR_NODE_OP)
            node->op = field.bytes;
        else if (field.number == SR_NODE_NAME)
            node->name = field.bytes;
        else if (field.number == SR_NODE_DOMAIN)
            node->domain = field.bytes;
        else if (field.number == SR_NODE_ATTRIBUTE && (rc = read_attribute(reader, field.bytes)) < 0)
            return rc;
    }
    return rc < 0 ? broken(reader) : SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------ model -- */

static int count_graph(struct reader *reader) {
    struct sr_span rest = reader->onnx->graph;
    struct sr_wire_field field;
    size_t weights = 0, nodes = 0;
    int rc;
    while ((rc = sr_wire_next(&rest, &field)) > 0) {
        weights += field.number == SR_GRAPH_WEIGHT;
        nodes += field.number == SR_GRAPH_NODE;
    }
    if (rc < 0)
        return broken(reader);
    reader->onnx->weights = calloc(weights + 1, sizeof *reader->onnx->weights);
    reader->onnx->nodes = calloc(nodes + 1, sizeof *reader->onnx->nodes);
    return reader->onnx->weights && reader->onnx->nodes ? SARAI_OK : no_memory(reader);
}

static int read_graph(struct reader *reader) {
    struct sr_onnx *onnx = reader->onnx;
    struct sr_span rest = onnx->graph;
    struct sr_wire_field field;
    int rc = count_graph(reader);
    while (rc >= 0 && (rc = sr_wire_next(&rest, &field)) > 0) {
        if (field.number != SR_GRAPH_WEIGHT && field.number != SR_GRAPH_NODE)
            continue;
        if (field.type != SR_WIRE_BYTES)
            return broken(reader);
        if (field.number == SR_GRAPH_WEIGHT)
            rc = read_weight(reader, field.bytes, &onnx->weights[onnx->weight_count++]);
        else
            rc = read_node(reader, field.bytes, &onnx->nodes[onnx->node_count++]);
    }
    return rc;
}

static int read_model(struct reader *reader) {
    struct sr_span rest = reader->onnx->file;
    struct sr_wire_field field;
    int rc;
    while ((rc = sr_wire_next(&rest, &field)) > 0)
        if (field.number == SR_MODEL_GRAPH && field.type == SR_WIRE_BYTES)
            reader->onnx->graph = field.bytes;
    if (rc < 0 || !reader->onnx->graph.data)
        return broken(reader);
    rc = read_graph(reader);
    return rc < 0 ? rc : reader->onnx->node_count > 0 ? SARAI_OK : refuse(reader, "its graph has no nodes");
}

int sr_onnx_open(const char *path, struct sr_onnx **out, struct sarai_error *error) {
    struct reader reader = {.onnx = calloc(1, sizeof *reader.onnx), .path = path, .error = error};
    struct sr_onnx_map *map;
    if (!reader.onnx)
        return no_memory(&reader);
    int rc = add_map(&reader, path, (struct sr_span){"", 0}, &map);
    if (rc == SARAI_OK) {
        reader.onnx->file = map->bytes;
        rc = read_model(&reader);
    }
    if (rc < 0)
        sr_onnx_close(reader.onnx);
    else
        *out = reader.onnx;
    return rc;
}

void sr_onnx_close(struct sr_onnx *onnx) {
    if (!onnx)
        return;
    while (onnx->maps) {
        struct sr_onnx_map *map = onnx->maps;
        onnx->maps = map->next;
        munmap((void *)map->bytes.data, map->bytes.len);
        free(map->name);
        free(map);
    }
    free(onnx->weights);
    free(onnx->nodes);
    free(onnx);
}

const struct sr_onnx_weight *sr_onnx_find(const struct sr_onnx *onnx, struct sr_span name) {
    for (size_t i = 0; i < onnx->weight_count; i++)
        if (sr_span_same(onnx->weights[i].name, name))
            return &onnx->weights[i];
    return NULL;
}
