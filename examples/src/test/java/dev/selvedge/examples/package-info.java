/// Runs every example as a user would.
@NullMarked
package dev.selvedge.examples;

import org.jspecify.annotations.NullMarked;
