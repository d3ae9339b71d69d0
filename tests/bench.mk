# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

dist_check_SCRIPTS += tests/test_mnist_cli.sh tests/test_mnist_ways.sh tests/test_bench.sh tests/test_reproduce.sh
TESTS += tests/test_mnist_cli.sh tests/test_mnist_ways.sh tests/test_bench.sh tests/test_reproduce.sh
