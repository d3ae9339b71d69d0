# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# What both scripts know of the targets. length TARGET: the largest input, in bytes.
length() {
    case $1 in
    plan | model | single_plan) echo 6000 ;;
    secret_key) echo 1300 ;;
    *) echo 700 ;;
    esac
}
