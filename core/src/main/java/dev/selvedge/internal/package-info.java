/// How it is done; exported to the modules beside core only.
@NullMarked
package dev.selvedge.internal;

import org.jspecify.annotations.NullMarked;
