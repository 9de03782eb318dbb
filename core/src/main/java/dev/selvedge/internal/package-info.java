/// How it is done; not exported.
@NullMarked
package dev.selvedge.internal;

import org.jspecify.annotations.NullMarked;
