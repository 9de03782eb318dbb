@NullMarked
package dev.selvedge.trace.recording;

import org.jspecify.annotations.NullMarked;
