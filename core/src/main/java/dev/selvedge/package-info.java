/// Tasks, groups and pools.
@NullMarked
package dev.selvedge;

import org.jspecify.annotations.NullMarked;
