/// The tests of the testkit, and the runs of the contract for the pools of this heap.
@NullMarked
package dev.selvedge.testkit;

import org.jspecify.annotations.NullMarked;
