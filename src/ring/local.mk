base_sources += \
	src/ring/avx2.h \
	src/ring/avx512.h \
	src/ring/galois.c src/ring/galois.h \
	src/ring/gemm.c src/ring/gemm.h \
	src/ring/kernels.c src/ring/kernels.h \
	src/ring/kernels_avx2.c \
	src/ring/kernels_avx512.c \
	src/ring/kernels_portable.c \
	src/ring/kernels_x86.h \
	src/ring/lift_avx512.h \
	src/ring/linear_avx2.c \
	src/ring/linear_avx512.c \
	src/ring/linear_vector.h \
	src/ring/ntt.c src/ring/ntt.h \
	src/ring/ntt_avx2.c \
	src/ring/ntt_avx512.c \
	src/ring/ntt_ref.c \
	src/ring/ntt_tables.c \
	src/ring/pack.c src/ring/pack.h \
	src/ring/pack_avx512.c \
	src/ring/pointwise_avx2.c \
	src/ring/pointwise_avx512.c \
	src/ring/poly.c src/ring/poly.h \
	src/ring/sample.h \
	src/ring/sample_avx2.c \
	src/ring/sample_avx512.c \
	src/ring/sample_error.c \
	src/ring/sample_ternary.c \
	src/ring/sample_uniform.c \
	src/ring/sums.c src/ring/sums.h src/ring/sums_vector.h \
	src/ring/turn.c src/ring/turn.h \
	src/ring/turn_avx512.c
