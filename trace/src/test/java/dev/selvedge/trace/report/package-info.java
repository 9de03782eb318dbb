@NullMarked
package dev.selvedge.trace.report;

import org.jspecify.annotations.NullMarked;
