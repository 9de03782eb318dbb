/// What a pool implements.
@NullMarked
package dev.selvedge.spi;

import org.jspecify.annotations.NullMarked;
