/// jcstress tests, and in the tests beside them Lincheck and the rules of the architecture.
@NullMarked
package dev.selvedge.verify;

import org.jspecify.annotations.NullMarked;
