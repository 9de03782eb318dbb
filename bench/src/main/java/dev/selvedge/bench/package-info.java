/// JMH benchmarks.
@NullMarked
package dev.selvedge.bench;

import org.jspecify.annotations.NullMarked;
