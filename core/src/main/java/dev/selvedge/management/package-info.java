/// What other processes ask this JVM about its tasks, through JMX. Nothing in this package is
/// loaded until somebody asks; `selvedge tree` and its relatives do.
@NullMarked
package dev.selvedge.management;

import org.jspecify.annotations.NullMarked;
