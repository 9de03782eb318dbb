/// Tests of the codec.
@NullMarked
package dev.selvedge.process.codec;

import org.jspecify.annotations.NullMarked;
