/// Proofs and rules: runs of jcstress, Lincheck models, and what the architecture forbids.
@NullMarked
package dev.selvedge.verify;

import org.jspecify.annotations.NullMarked;
