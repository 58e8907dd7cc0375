/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The products of q8_0 matrices that third_party/engines adds for processors with VNNI, and ggml's own elsewhere: both
 * multiply the same integers, so nothing but the order of the sum may differ from the product in double precision.
 */
#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"

struct product {
    int64_t k, m, n; /* m rows of weights times n vectors, all of k numbers */
    ggml_backend_t backend;
    struct ggml_context *context;
    ggml_backend_buffer_t buffer;
    struct ggml_tensor *weights, *vectors, *result;
};

static float *random_numbers(int64_t count, uint32_t seed) {
    float *numbers = malloc((size_t)count * sizeof *numbers);
    assert_non_null(numbers);
    for (int64_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        numbers[i] = ((float)(seed >> 8) / 8388608.0f - 1) * (i % 97 ? 1 : 40); /* a few are large, as in a network */
    }
    return numbers;
}

/* As ggml quantizes them: one byte each and a scale for 32. */
static void *quantize(const float *numbers, int64_t k, int64_t rows) {
    const size_t row = ggml_row_size(GGML_TYPE_Q8_0, k);
    char *bytes = malloc(row * (size_t)rows);
    assert_non_null(bytes);
    for (int64_t i = 0; i < rows; i++)
        ggml_get_type_traits_cpu(GGML_TYPE_Q8_0)->from_float(numbers + i * k, bytes + (size_t)i * row, k);
    return bytes;
}

static float *restore(const void *bytes, int64_t count) {
    float *numbers = malloc((size_t)count * sizeof *numbers);
    assert_non_null(numbers);
    ggml_get_type_traits(GGML_TYPE_Q8_0)->to_float(bytes, numbers, count);
    return numbers;
}

static void set_up(struct product *p, int threads) {
    p->backend = ggml_backend_cpu_init();
    p->context = ggml_init((struct ggml_init_params){.mem_size = 1 << 20, .no_alloc = true});
    assert_true(p->backend && p->context);
    p->weights = ggml_new_tensor_2d(p->context, GGML_TYPE_Q8_0, p->k, p->m);
    p->vectors = ggml_new_tensor_2d(p->context, GGML_TYPE_F32, p->k, p->n);
    p->result = ggml_mul_mat(p->context, p->weights, p->vectors);
    p->buffer = ggml_backend_alloc_ctx_tensors(p->context, p->backend);
    assert_non_null(p->buffer);
    ggml_backend_reg_t reg = ggml_backend_dev_backend_reg(ggml_backend_get_device(p->backend));
    void *set = ggml_backend_reg_get_proc_address(reg, "ggml_backend_set_n_threads");
    assert_non_null(set);
    ((ggml_backend_set_n_threads_t)set)(p->backend, threads);
}

static void compute(struct product *p, float *out) {
    struct ggml_cgraph *graph = ggml_new_graph(p->context);
    ggml_build_forward_expand(graph, p->result);
    assert_int_equal(ggml_backend_graph_compute(p->backend, graph), GGML_STATUS_SUCCESS);
    ggml_backend_tensor_get(p->result, out, 0, (size_t)(p->m * p->n) * sizeof *out);
    ggml_backend_buffer_free(p->buffer);
    ggml_free(p->context);
    ggml_backend_free(p->backend);
}

static double root_mean_square_error(const struct product *p, const float *w, const float *v, const float *result) {
    double wrong = 0, all = 0;
    for (int64_t j = 0; j < p->n; j++) {
        for (int64_t i = 0; i < p->m; i++) {
            double sum = 0;
            for (int64_t l = 0; l < p->k; l++)
                sum += (double)w[i * p->k + l] * (double)v[j * p->k + l];
            wrong += pow((double)result[j * p->m + i] - sum, 2);
            all += sum * sum;
        }
    }
    return sqrt(wrong / all);
}

static void a_product_of_bytes_is_exact_but_for_the_order_of_its_sum(void **state) {
    static const int64_t shapes[][3] = {{512, 512, 1}, {512, 512, 2},   {512, 512, 7},  {32, 1, 2},     {64, 31, 6},
                                        {512, 37, 13}, {512, 1000, 64}, {2048, 64, 99}, {512, 2048, 65}};
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (int threads = 1; threads <= 3; threads++) {
            struct product p = {.k = shapes[s][0], .m = shapes[s][1], .n = shapes[s][2]};
            float *weights = random_numbers(p.k * p.m, 1), *vectors = random_numbers(p.k * p.n, 2);
            void *weight_bytes = quantize(weights, p.k, p.m), *vector_bytes = quantize(vectors, p.k, p.n);
            float *result = malloc((size_t)(p.m * p.n) * sizeof *result);
            assert_non_null(result);
            set_up(&p, threads);
            ggml_backend_tensor_set(p.weights, weight_bytes, 0, ggml_nbytes(p.weights));
            ggml_backend_tensor_set(p.vectors, vectors, 0, ggml_nbytes(p.vectors));
            compute(&p, result);
            float *w = restore(weight_bytes, p.k * p.m), *v = restore(vector_bytes, p.k * p.n);
            const double error = root_mean_square_error(&p, w, v, result);
            if (!(error < 5e-7))
                fail_msg("%d x %d times %d, %d threads: %g", (int)p.m, (int)p.k, (int)p.n, threads, error);
            free(w);
            free(v);
            free(result);
            free(weights);
            free(vectors);
            free(weight_bytes);
            free(vector_bytes);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_of_bytes_is_exact_but_for_the_order_of_its_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
