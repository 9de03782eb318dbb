@NullMarked
package dev.selvedge.trace.timeline;

import org.jspecify.annotations.NullMarked;
