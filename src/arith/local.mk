base_sources += \
	src/arith/int128.c src/arith/int128.h \
	src/arith/modulus.c src/arith/modulus.h \
	src/arith/prime.c src/arith/prime.h \
	src/arith/rns.c src/arith/rns.h
