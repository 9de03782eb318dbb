import module dev.selvedge;
import module dev.selvedge.testkit;

/// Two tasks add to one counter: each reads it, and writes what it has read plus one.
///
/// If one comes between the other's two steps, an update is lost. A step in between tells the
/// explorer that somebody may come there; it finds the schedule, shows it, and replays it. Under a
/// lock (`--fixed`) nothing is lost.
static final String USAGE =
    """
    Usage: LostUpdate [--fixed] [--seeds N] [--replay SEED]
    Explores two tasks that add to one counter, until an update is lost.

      --fixed          they do it under a lock
      --seeds N        how many schedules to try; 1000 by default
      --replay SEED    runs one schedule again
    """;

void main(String[] args) throws Exception {
  boolean fixed = false;
  int seeds = 1_000;
  long first = 0;
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--help" -> {
        IO.print(USAGE);
        return;
      }
      case "--fixed" -> fixed = true;
      case "--seeds" -> seeds = Math.max(1, number(args, ++i));
      case "--replay" -> {
        first = number(args, ++i);
        seeds = 1;
      }
      default -> refuse("unknown option " + args[i] + "; see --help");
    }
  }
  explore(fixed, first, seeds);
}

static int number(String[] args, int at) {
  if (at == args.length || !args[at].matches("\\d{1,9}")) {
    refuse(args[at - 1] + " needs a number; see --help");
  }
  return Integer.parseInt(args[at]);
}

static void refuse(String why) {
  System.err.println("LostUpdate: " + why);
  System.exit(2);
}

static void explore(boolean fixed, long first, int seeds) throws Exception {
  try {
    Explorer.seeds(seeds).from(first).run(pool -> addTwice(fixed));
    IO.println("%,d schedules: nothing was lost".formatted(seeds));
  } catch (AssertionError lost) {
    IO.println(lost.getMessage());
    System.exit(1);
  }
}

static void addTwice(boolean fixed) throws Exception {
  int[] counter = {0};
  Mutex mutex = Mutex.create();
  Action add =
      () -> {
        int seen = counter[0];
        Kernel.current().step(); // here others may come between
        counter[0] = seen + 1;
      };
  Action addAlone =
      () -> {
        try (var _ = mutex.hold()) {
          add.perform();
        }
      };
  TaskGroup.run(
      group -> {
        group.fork("one", fixed ? addAlone : add);
        group.fork("two", fixed ? addAlone : add);
      });
  if (counter[0] != 2) {
    throw new AssertionError("two have added, and the counter is " + counter[0]);
  }
}
