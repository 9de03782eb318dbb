import module dev.selvedge;
import module dev.selvedge.testkit;

/// Philosophers at a table, with a fork between each two of them, both of which one needs to eat.
///
/// If each takes the left fork first, it may be that all have one and wait for the other. Run once,
/// this hardly ever happens; explored, it is found at once, and the report names the circle. If one
/// of them begins on the right, no circle can close: `--fixed` survives ten thousand schedules.
///
/// With `--deadlock` each waits until all have a fork. That hangs, in a deadlock of virtual threads
/// that a look from outside can find.
static final String USAGE =
    """
    Usage: Philosophers [--fixed | --deadlock] [--seats N] [--seeds N]
    Explores philosophers who eat together, and says how they starve.

      --fixed      the last one takes the right fork first
      --deadlock   lets them starve for real, on virtual threads, for 'selvedge doctor' to find
      --seats N    how many there are; 5 by default
      --seeds N    how many schedules to try; 10000 by default
    """;

record Options(boolean fixed, boolean deadlock, int seats, int seeds) {}

void main(String[] args) throws Exception {
  Options options;
  try {
    options = parse(args);
  } catch (IllegalArgumentException e) {
    System.err.println("Philosophers: " + e.getMessage());
    System.exit(2);
    return;
  }
  if (options == null) {
    IO.print(USAGE);
    return;
  }
  if (options.deadlock()) {
    starve(options.seats());
    return;
  }
  try {
    Explorer.seeds(options.seeds()).run(pool -> dine(options));
    IO.println("%,d schedules: everybody has eaten".formatted(options.seeds()));
  } catch (AssertionError starved) {
    IO.println(starved.getMessage());
    System.exit(1);
  }
}

static Options parse(String[] args) {
  boolean fixed = false;
  boolean deadlock = false;
  int seats = 5;
  int seeds = 10_000;
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--help" -> {
        return null;
      }
      case "--fixed" -> fixed = true;
      case "--deadlock" -> deadlock = true;
      case "--seats" -> seats = number(args, ++i, 2);
      case "--seeds" -> seeds = number(args, ++i, 1);
      default -> throw new IllegalArgumentException("unknown option " + args[i] + "; see --help");
    }
  }
  if (fixed && deadlock) {
    throw new IllegalArgumentException("--fixed prevents what --deadlock wants; choose one");
  }
  return new Options(fixed, deadlock, seats, seeds);
}

static int number(String[] args, int at, int least) {
  if (at == args.length || !args[at].matches("\\d{1,9}") || Integer.parseInt(args[at]) < least) {
    throw new IllegalArgumentException(args[at - 1] + " needs a number from " + least + " on");
  }
  return Integer.parseInt(args[at]);
}

static void dine(Options options) throws Exception {
  List<Mutex> forks = Stream.generate(Mutex::create).limit(options.seats()).toList();
  TaskGroup.run(
      table -> {
        for (int seat = 0; seat < options.seats(); seat++) {
          Mutex left = forks.get(seat);
          Mutex right = forks.get((seat + 1) % options.seats());
          boolean turned = options.fixed() && seat == options.seats() - 1;
          table.fork(
              "philosopher " + (seat + 1), () -> eat(turned ? right : left, turned ? left : right));
        }
      });
}

static void eat(Mutex first, Mutex second) throws InterruptedException {
  try (var _ = first.hold();
      var _ = second.hold()) {
    Event.create().await(Duration.ofMinutes(20)); // virtual time: nobody waits for it
  }
}

static void starve(int seats) throws Exception {
  IO.println("process " + ProcessHandle.current().pid() + " is about to hang; Ctrl-C ends it");
  List<Mutex> forks = Stream.generate(Mutex::create).limit(seats).toList();
  CountDownLatch allHaveOne = new CountDownLatch(seats);
  TaskGroup.run(
      options -> options.name("table"),
      table -> {
        for (int seat = 0; seat < seats; seat++) {
          Mutex left = forks.get(seat);
          Mutex right = forks.get((seat + 1) % seats);
          table.fork(
              "philosopher " + (seat + 1),
              () -> {
                try (var _ = left.hold()) {
                  allHaveOne.countDown();
                  allHaveOne.await();
                  right.lock();
                }
              });
        }
      });
}
