core_sources += \
	src/ring/kernels.c src/ring/kernels.h \
	src/ring/kernels_portable.c \
	src/ring/ntt.c src/ring/ntt.h \
	src/ring/ntt_ref.c \
	src/ring/poly.c src/ring/poly.h \
	src/ring/sample.h \
	src/ring/sample_error.c \
	src/ring/sample_ternary.c \
	src/ring/sample_uniform.c
