/// jcstress tests: at most two actors each, so that a machine with two cores runs them all.
@NullMarked
package dev.selvedge.verify.stress;

import org.jspecify.annotations.NullMarked;
