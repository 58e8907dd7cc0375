/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Product of a q8_0 matrix with many q8_0 vectors by the integer dot products of AVX-512 VNNI. ggml multiplies each
 * pair of rows on its own and so has to move every weight once for each vector; here 32 rows of weights are first laid
 * out so that one instruction serves 16 of them, and are then used for up to six vectors at once. The sums are those of
 * ggml but for the order in which the blocks are added.
 *
 * The instruction wants one factor unsigned: the weights get 128 added, and 128 times the sum of the other factor is
 * taken away again.
 *
 * Included by ggml's sgemm.cpp, see ggml-q8.patch.
 */
#ifndef SARAI_Q8_AVX512_H
#define SARAI_Q8_AVX512_H

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)
#define SARAI_Q8_AVX512 1

#include <immintrin.h>
#include <string.h>

#include <vector>

namespace sarai {

constexpr int rows = 32, columns = 6, steps = QK8_0 / 4;

/* 32 rows of one block. */
struct panel {
    __m512i weights[steps][2]; /* four neighbours of 16 rows, plus 128 */
    __m512 scale[2];
};

/* What a block of a vector adds to the product beside its numbers. */
struct block_extra {
    float scale;
    int32_t less;
};

inline float half(ggml_half value) {
    return _cvtsh_ss(value);
}

inline std::vector<block_extra> make_extras(const block_q8_0 *b, int64_t ldb, int64_t n, int64_t k) {
    std::vector<block_extra> extras((size_t)(n * k));
    const __m256i ones = _mm256_set1_epi8(1);
    for (int64_t j = 0; j < n; j++) {
        for (int64_t l = 0; l < k; l++) {
            const block_q8_0 *block = b + j * ldb + l;
            const __m256i all = _mm256_loadu_si256((const __m256i *)block->qs);
            const __m256i part = _mm256_dpbusd_epi32(_mm256_setzero_si256(), ones, all);
            __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(part), _mm256_extracti128_si256(part, 1));
            sum = _mm_hadd_epi32(sum, sum);
            sum = _mm_hadd_epi32(sum, sum);
            extras[(size_t)(j * k + l)] = {half(block->d), -128 * _mm_cvtsi128_si32(sum)};
        }
    }
    return extras;
}

/* Of the rows from `row`; behind the last one it is repeated. */
inline void fill_panel(panel *out, const block_q8_0 *a, int64_t lda, int64_t row, int64_t m, int64_t k) {
    const __m512i sign = _mm512_set1_epi8((char)-128);
    for (int side = 0; side < 2; side++) {
        const block_q8_0 *from[16];
        for (int i = 0; i < 16; i++) {
            const int64_t at = row + side * 16 + i;
            from[i] = a + (at < m ? at : m - 1) * lda;
        }
        for (int64_t l = 0; l < k; l++) {
            alignas(64) float scale[16];
            alignas(64) int32_t weights[steps][16];
            for (int i = 0; i < 16; i++) {
                int32_t row_weights[steps];
                memcpy(row_weights, from[i][l].qs, QK8_0);
                for (int s = 0; s < steps; s++)
                    weights[s][i] = row_weights[s];
                scale[i] = half(from[i][l].d);
            }
            for (int s = 0; s < steps; s++)
                out[l].weights[s][side] = _mm512_xor_si512(_mm512_load_si512(weights[s]), sign);
            out[l].scale[side] = _mm512_load_ps(scale);
        }
    }
}

/* 32 rows times `count` vectors. */
template <int count>
inline void multiply(const panel *rows_of, const block_q8_0 *b, int64_t ldb, const block_extra *extras, int64_t k,
                     float *c, int64_t ldc, __mmask16 low, __mmask16 high) {
    __m512 sum[count][2];
    for (int j = 0; j < count; j++)
        sum[j][0] = sum[j][1] = _mm512_setzero_ps();
    for (int64_t l = 0; l < k; l++) {
        __m512i dot[count][2];
        for (int j = 0; j < count; j++)
            dot[j][0] = dot[j][1] = _mm512_set1_epi32(extras[j * k + l].less);
        for (int s = 0; s < steps; s++) {
            const __m512i w0 = rows_of[l].weights[s][0], w1 = rows_of[l].weights[s][1];
            for (int j = 0; j < count; j++) {
                int32_t four;
                memcpy(&four, b[j * ldb + l].qs + 4 * s, sizeof four);
                const __m512i v = _mm512_set1_epi32(four);
                dot[j][0] = _mm512_dpbusd_epi32(dot[j][0], w0, v);
                dot[j][1] = _mm512_dpbusd_epi32(dot[j][1], w1, v);
            }
        }
        for (int j = 0; j < count; j++) {
            const __m512 scale = _mm512_set1_ps(extras[j * k + l].scale);
            for (int side = 0; side < 2; side++)
                sum[j][side] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[j][side]),
                                               _mm512_mul_ps(rows_of[l].scale[side], scale), sum[j][side]);
        }
    }
    for (int j = 0; j < count; j++) {
        _mm512_mask_storeu_ps(c + j * ldc, low, sum[j][0]);
        _mm512_mask_storeu_ps(c + j * ldc + 16, high, sum[j][1]);
    }
}

inline __mmask16 mask_of(int64_t left) {
    return (__mmask16)(left >= 16 ? 0xffff : left > 0 ? (1 << left) - 1 : 0);
}

/* c[j][i] = sum of a[i] * b[j] over k blocks, for m rows i and n vectors j: the share of thread `ith` of `nth`. */
inline void multiply_q8(const block_q8_0 *a, int64_t lda, const block_q8_0 *b, int64_t ldb, float *c, int64_t ldc,
                        int64_t m, int64_t n, int64_t k, int ith, int nth) {
    const std::vector<block_extra> extras = make_extras(b, ldb, n, k);
    std::vector<panel> packed((size_t)k);
    for (int64_t row = (int64_t)rows * ith; row < m; row += (int64_t)rows * nth) {
        const __mmask16 low = mask_of(m - row), high = mask_of(m - row - 16);
        fill_panel(packed.data(), a, lda, row, m, k);
        int64_t j = 0;
        for (; j + columns <= n; j += columns)
            multiply<columns>(packed.data(), b + j * ldb, ldb, &extras[(size_t)(j * k)], k, c + j * ldc + row, ldc, low,
                              high);
        for (; j + 2 <= n; j += 2)
            multiply<2>(packed.data(), b + j * ldb, ldb, &extras[(size_t)(j * k)], k, c + j * ldc + row, ldc, low,
                        high);
        if (j < n)
            multiply<1>(packed.data(), b + j * ldb, ldb, &extras[(size_t)(j * k)], k, c + j * ldc + row, ldc, low,
                        high);
    }
}

} // namespace sarai

#endif
#endif
