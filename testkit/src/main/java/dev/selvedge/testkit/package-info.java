/// Contract tests for pools, seeded schedules, a clock for tests.
@NullMarked
package dev.selvedge.testkit;

import org.jspecify.annotations.NullMarked;
