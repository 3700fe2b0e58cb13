/*
 * unit: what every unit test includes. cmocka wants these headers first and in this order.
 * Keep helpers here tiny; a test should read on its own.
 */
#ifndef MIA_TESTS_UNIT_H
#define MIA_TESTS_UNIT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
