/// What those implement who write pools, clocks and observers.
///
/// - [dev.selvedge.spi.AbstractPool]: a pool, but for the workers.
/// - [dev.selvedge.spi.PoolProvider]: gives pools names.
/// - [dev.selvedge.spi.Kernel]: time, parking and timers.
/// - [dev.selvedge.spi.TaskObserver]: sees what tasks do.
///
/// **Vocabulary.** A *worker* is what runs a pool's tasks, one at a time. A *ticket* is the right
/// to run one task, which is chosen when its turn comes. A task is *claimed* by whoever starts it.
@NullMarked
package dev.selvedge.spi;

import org.jspecify.annotations.NullMarked;
