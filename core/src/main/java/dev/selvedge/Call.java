package dev.selvedge;

import java.io.Serializable;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Work that returns a value: what a [Task] runs.
///
/// A call is a [Callable] that is also [Serializable], so that the same line of code can run on a
/// pool in this heap or on one that carries its work to another process:
///
/// ```java
/// Task<Integer> length = pool.submit(() -> line.length());
/// ```
///
/// **What travels.** On a pool that shares the heap, a call sees the very objects that it captured.
/// On a pool that does not, it sees copies: a change made to a captured object there is not seen
/// here. `dev.selvedge.testkit` has a pool that copies everything inside one heap, so that a
/// program can be checked before it is moved. Work that cannot travel is refused when it is
/// submitted.
///
/// @param <T> the type of the value
/// @since 0.1
@Stability(Stability.Level.STABLE)
@FunctionalInterface
public interface Call<T extends @Nullable Object> extends Callable<T>, Serializable {}
