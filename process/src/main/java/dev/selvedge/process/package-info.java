/// Pools of worker processes, and what processes share.
@NullMarked
package dev.selvedge.process;

import org.jspecify.annotations.NullMarked;
