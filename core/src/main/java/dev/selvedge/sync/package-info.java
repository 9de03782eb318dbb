/// What tasks share and wait for, where `java.util.concurrent` has no such thing.
@NullMarked
package dev.selvedge.sync;

import org.jspecify.annotations.NullMarked;
