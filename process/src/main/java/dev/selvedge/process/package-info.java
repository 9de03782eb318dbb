/// Worker processes, in pools and single ones, and what processes share.
@NullMarked
package dev.selvedge.process;

import org.jspecify.annotations.NullMarked;
