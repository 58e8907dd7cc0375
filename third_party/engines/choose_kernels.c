/* SPDX-License-Identifier: Apache-2.0 */
/* ggml's processor backend twice, and which of them this processor gets; see join-kernels. */
#include <ggml-backend.h>
#include <ggml-cpu.h>

ggml_backend_reg_t ggml_backend_cpu_reg_avx2(void);
ggml_backend_reg_t ggml_backend_cpu_reg_avx512(void);

ggml_backend_reg_t ggml_backend_cpu_reg(void) {
    __builtin_cpu_init();
    const bool has_all = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
                         __builtin_cpu_supports("avx512vnni");
    return has_all ? ggml_backend_cpu_reg_avx512() : ggml_backend_cpu_reg_avx2();
}
