/// Tests of what processes share, with other JVMs to share it with.
@NullMarked
package dev.selvedge.process.shared;

import org.jspecify.annotations.NullMarked;
