# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

# CN_TRY_CFLAG(FLAG)
# Append FLAG to CN_CFLAGS if the compiler takes it without complaint. The user's CFLAGS stay as they are.
AC_DEFUN([CN_TRY_CFLAG], [
  AS_VAR_PUSHDEF([cn_cache], [cn_cv_cflag_$1])
  AC_CACHE_CHECK([whether $CC accepts $1], [cn_cache], [
    cn_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int cn_probe(void); int cn_probe(void) { return 0; }]])],
      [AS_VAR_SET([cn_cache], [yes])], [AS_VAR_SET([cn_cache], [no])])
    CFLAGS=$cn_saved_CFLAGS
  ])
  AS_VAR_IF([cn_cache], [yes], [CN_CFLAGS="$CN_CFLAGS $1"])
  AS_VAR_POPDEF([cn_cache])
])

# CN_REQUIRE_LINK_FLAGS(FLAGS, OPTION)
# Append FLAGS to CN_CFLAGS and CN_LDFLAGS; stop if a program cannot be compiled and linked with them.
AC_DEFUN([CN_REQUIRE_LINK_FLAGS], [
  AC_MSG_CHECKING([whether $CC links with $1])
  cn_saved_CFLAGS=$CFLAGS
  cn_saved_LDFLAGS=$LDFLAGS
  CFLAGS="$CFLAGS $1"
  LDFLAGS="$LDFLAGS $1"
  AC_LINK_IFELSE([AC_LANG_PROGRAM()],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([$2 was given, but $CC cannot link with $1; install the compiler's runtime libraries or leave $2 out])])
  CFLAGS=$cn_saved_CFLAGS
  LDFLAGS=$cn_saved_LDFLAGS
  CN_CFLAGS="$CN_CFLAGS $1"
  CN_LDFLAGS="$CN_LDFLAGS $1"
])

# CN_REQUIRE_FUZZER
# Stop unless the compiler links a program with libFuzzer.
AC_DEFUN([CN_REQUIRE_FUZZER], [
  AC_MSG_CHECKING([whether $CC has libFuzzer])
  cn_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -fsanitize=fuzzer"
  AC_LINK_IFELSE([AC_LANG_SOURCE([[
      int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);
      int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return data == 0 && size > 0; }
    ]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([--enable-fuzz was given, but $CC cannot link with -fsanitize=fuzzer; it takes clang with its runtime library (Debian: CC=clang, package libclang-rt-dev), or leave the option out])])
  CFLAGS=$cn_saved_CFLAGS
])
