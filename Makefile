# SPDX-License-Identifier: Apache-2.0
# The front door: CMake does the work (CMakePresets.json), tools/setup brings what it needs.
PREFIX ?= /usr/local
DESTDIR ?=
JOBS := $(shell nproc)
FUZZ_SECONDS ?= 60
export DESTDIR

.PHONY: help setup build bank demo test asan tsan rtsan fuzz lint format install clean bare
.NOTPARALLEL:

help:
	@echo "make setup    get and build everything needed          instala y prepara todo lo necesario"
	@echo "make build    setup, then build/sarai                  setup y compila build/sarai"
	@echo "make bank     build, then render fixed replies         compila y prepara las respuestas fijas"
	@echo "make demo     build, then hold spoken dialogues        compila y mantiene diálogos hablados"
	@echo "make test     build, then all tests                    compila y pasa todas las pruebas"
	@echo "make asan     unit and flow tests, memory errors       pruebas con detección de errores de memoria"
	@echo "make tsan     unit and flow tests, data races          pruebas con detección de carreras de datos"
	@echo "make rtsan    callbacks of sound cards, real time      retrollamadas de sonido en tiempo real (clang 20)"
	@echo "make fuzz     random input, FUZZ_SECONDS=60 each       entradas al azar, FUZZ_SECONDS=60 cada una"
	@echo "make lint     check the style of the sources           comprueba el estilo del código"
	@echo "make format   write the sources in that style          da ese estilo al código"
	@echo "make install  install under PREFIX (/usr/local)        instala en PREFIX (/usr/local)"
	@echo "make bare     make demo and test on a bare Debian      demo y pruebas en un Debian recién hecho"
	@echo "make clean    remove what was built here               borra lo compilado aquí"

setup:
	@tools/setup

build: setup
	@cmake --preset release -DCMAKE_INSTALL_PREFIX="$(PREFIX)"
	@cmake --build --preset release -j $(JOBS)
	@build/sarai memory index

bank: build
	build/sarai bank build

demo: build
	build/sarai demo

test: build
	@ctest --preset release && echo "make test: all tests passed" || \
	 { echo "make test: FAILED; the whole log is build/Testing/Temporary/LastTest.log"; exit 1; }

asan tsan: setup
	@cmake --preset $@
	@cmake --build --preset $@ -j $(JOBS)
	@ctest --preset $@

rtsan: setup
	@tools/rtsan

fuzz: setup
	@tests/fuzz/run $(FUZZ_SECONDS)

lint: setup
	@cmake --preset release
	@ctest --preset release -L lint

format: setup
	@git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' | xargs clang-format -i

install:
	@test -x build/sarai || $(MAKE) build
	@cmake --install build --prefix "$(PREFIX)"

bare:
	tools/bare-debian

clean:
	rm -rf build build-*/
