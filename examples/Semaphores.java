import module dev.selvedge;
import module dev.selvedge.testkit;

/// Seven classic puzzles about tasks that wait for each other, each solved and explored.
///
/// Every puzzle has a rule that is checked in each schedule. With `--broken` each is solved as many
/// do at first: the rule is broken, or everybody waits for ever, but only if the tasks happen to
/// take turns in a certain way. Exploring finds such a schedule, names its seed, and replays it.
///
/// Where others may come between two lines although neither waits, the code says `step()`.
static final String USAGE =
    """
    Usage: Semaphores [--broken] [--only NAME] [--seeds N] [--replay SEED]
    Explores the solutions of classic puzzles, and says which of them hold.

      --broken         explores wrong solutions, and shows what is wrong
      --only NAME      one puzzle: %s
      --seeds N        how many schedules to try; 1000 by default
      --replay SEED    runs one schedule again, and shows all of it
    """;

/// One puzzle, made anew for each schedule.
interface Puzzle {
  void run(boolean broken) throws Exception;
}

static final Map<String, Supplier<Puzzle>> PUZZLES = puzzles();

static Map<String, Supplier<Puzzle>> puzzles() {
  Map<String, Supplier<Puzzle>> all = new LinkedHashMap<>();
  all.put("rendezvous", Rendezvous::new);
  all.put("barrier", Barrier::new);
  all.put("buffer", Buffer::new);
  all.put("readers-writers", ReadersWriters::new);
  all.put("barber", Barber::new);
  all.put("smokers", Smokers::new);
  all.put("water", Water::new);
  return all;
}

/// Rendezvous: two meet, and neither goes on before the other has come.
///
/// Wrong: each waits for the other before it says that it is there.
static final class Rendezvous implements Puzzle {
  private final Event annIsThere = Event.create();
  private final Event bobIsThere = Event.create();
  private int there;

  @Override
  public void run(boolean broken) throws Exception {
    TaskGroup.run(
        group -> {
          group.fork("ann", () -> meet(annIsThere, bobIsThere, broken));
          group.fork("bob", () -> meet(bobIsThere, annIsThere, broken));
        });
  }

  private void meet(Event mine, Event other, boolean broken) throws InterruptedException {
    if (broken) {
      other.await();
    }
    there++;
    mine.set();
    other.await();
    check(there == 2, "one went on alone");
  }
}

/// Reusable barrier: three go round, and none begins a round before all have ended the last one.
///
/// Each round has an event of its own. Wrong: a semaphore with three permits for each round. A
/// permit is anybody's, so a fast one comes round again and takes that of a slow one.
static final class Barrier implements Puzzle {
  private final Mutex mutex = Mutex.create();
  private final Semaphore permits = new Semaphore(0);
  private final int[] rounds = new int[3];
  private Event gate = Event.create();
  private int waiting;

  @Override
  public void run(boolean broken) throws Exception {
    TaskGroup.run(
        group -> {
          for (int i = 0; i < rounds.length; i++) {
            int me = i;
            group.fork("runner " + (me + 1), () -> goRound(me, broken));
          }
        });
  }

  private void goRound(int me, boolean broken) throws InterruptedException {
    for (int round = 1; round <= 3; round++) {
      rounds[me] = round;
      pass(broken);
      for (int other : rounds) {
        check(other >= round, "one has passed " + round + " times, another came " + other);
      }
    }
  }

  private void pass(boolean broken) throws InterruptedException {
    Event mine;
    try (var _ = mutex.hold()) {
      mine = gate;
      if (++waiting == rounds.length) {
        waiting = 0;
        gate = Event.create(); // for the next round
        mine.set();
        permits.release(rounds.length);
      }
    }
    if (broken) {
      permits.acquire();
    } else {
      mine.await();
    }
  }
}

/// Bounded buffer: some put things into two places, others take them out; nothing is lost.
///
/// Wrong: who waits for a place, or for a thing, does so with the mutex in hand, which those need
/// who could help. (In a program of your own, this is `Chan.bounded(2)`.)
static final class Buffer implements Puzzle {
  private final Limit places = Limit.of(2);
  private final Semaphore things = new Semaphore(0);
  private final Mutex mutex = Mutex.create();
  private final Queue<Integer> buffer = new ArrayDeque<>();
  private final List<Integer> taken = new ArrayList<>();

  @Override
  public void run(boolean broken) throws Exception {
    TaskGroup.run(
        group -> {
          group.fork("producer 1", () -> put(broken, 1, 2, 3));
          group.fork("producer 2", () -> put(broken, 4, 5, 6));
          group.fork("consumer 1", () -> take(broken));
          group.fork("consumer 2", () -> take(broken));
        });
    Collections.sort(taken);
    check(taken.equals(List.of(1, 2, 3, 4, 5, 6)), "1 to 6 were put in, and out came " + taken);
  }

  private void put(boolean broken, int... items) throws Exception {
    for (int item : items) {
      alone(
          broken,
          places::acquire,
          () -> {
            buffer.add(item);
            check(buffer.size() <= 2, "two places hold " + buffer);
          });
      things.release();
    }
  }

  private void take(boolean broken) throws Exception {
    for (int i = 0; i < 3; i++) {
      alone(broken, things::acquire, () -> taken.add(buffer.remove()));
      places.release();
    }
  }

  private void alone(boolean broken, Action await, Action action) throws Exception {
    if (!broken) {
      await.perform();
    }
    try (var _ = mutex.hold()) {
      if (broken) {
        await.perform();
      }
      action.perform();
    }
  }
}

/// Readers and writers: any number reads at the same time, a writer is alone, and nobody starves.
///
/// A writer takes all permits of a limit, which is fair: who comes later waits behind it. Wrong:
/// the first reader locks the room and the last one unlocks it. As there always is a reader in it,
/// a writer waits for ever.
static final class ReadersWriters implements Puzzle {
  private static final int ALL = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private final Limit permits = Limit.of(ALL);
  private final Mutex mutex = Mutex.create();
  private final Mutex room = Mutex.create();
  private int readers;
  private int writers;

  @Override
  public void run(boolean broken) throws Exception {
    TaskGroup.run(
        group -> {
          for (int i = 0; i < ALL; i++) {
            int late = i; // they come one by one, so that there are always two in the room
            group.background(
                () -> {
                  for (pass(late); true; pass(1)) {
                    read(broken);
                  }
                });
          }
          group.fork("writer 1", () -> write(broken));
          group.fork("writer 2", () -> write(broken));
        });
  }

  private void read(boolean broken) throws InterruptedException {
    if (!broken) {
      check(permits.tryAcquire(PATIENCE), "a reader starves");
    }
    try (var _ = mutex.hold()) {
      if (++readers == 1 && broken) {
        check(room.tryLock(PATIENCE), "a reader starves");
      }
    }
    check(writers == 0, "somebody reads while another writes");
    pass(2);
    try (var _ = mutex.hold()) {
      if (--readers == 0 && broken) {
        room.unlock();
      }
    }
    if (!broken) {
      permits.release();
    }
  }

  private void write(boolean broken) throws InterruptedException {
    pass(5);
    check(broken ? room.tryLock(PATIENCE) : permits.tryAcquire(ALL, PATIENCE), "a writer starves");
    check(++writers == 1 && readers == 0, "somebody writes, and is not alone");
    pass(1);
    writers--;
    if (broken) {
      room.unlock();
    } else {
      permits.release(ALL);
    }
  }

  private static void pass(int minutes) throws InterruptedException {
    Tasks.sleep(Duration.ofMinutes(minutes)); // virtual time: nobody waits for it
  }
}

/// Sleeping barber: he sleeps until somebody comes; who finds no free chair leaves at once.
///
/// The chairs are a channel. Wrong: he looks, sees nobody, and goes to sleep. Whoever comes after
/// the look, but before the sleep, rings in vain: a wake-up is lost.
static final class Barber implements Puzzle {
  private final Chan<Event> chairs = Chan.bounded(2);
  private final Event bell = Event.create();
  private int served;
  private int turnedAway;

  @Override
  public void run(boolean broken) throws Exception {
    int customers = 4;
    TaskGroup.run(
        shop -> {
          shop.background(() -> cutHair(broken));
          for (int i = 1; i <= customers; i++) {
            shop.fork("customer " + i, this::visit);
          }
        });
    check(served + turnedAway == customers, served + " served, " + turnedAway + " turned away");
  }

  private void visit() throws InterruptedException {
    Event done = Event.create();
    if (chairs.trySend(done)) {
      bell.set();
      done.await();
    } else {
      turnedAway++;
    }
  }

  private void cutHair(boolean broken) throws InterruptedException {
    while (true) {
      if (broken && chairs.size() == 0) {
        step();
        bell.clear();
        bell.await();
      }
      Event customer = chairs.receive();
      served++;
      customer.set();
    }
  }
}

/// Cigarette smokers: each has one of three things without end. An agent puts the other two on the
/// table, again and again, and the one who lacks just these smokes.
///
/// For each thing a helper looks whether it is the second one, and if so, calls the smoker. Wrong:
/// the smokers themselves take one thing and wait for the other, which somebody else may have.
static final class Smokers implements Puzzle {
  enum Thing {
    TOBACCO,
    PAPER,
    MATCHES
  }

  private final Map<Thing, Semaphore> table = semaphores();
  private final Map<Thing, Semaphore> smokers = semaphores();
  private final Semaphore smoked = new Semaphore(0);
  private final Mutex mutex = Mutex.create();
  private final Set<Thing> seen = EnumSet.noneOf(Thing.class);
  private Thing missing;

  @Override
  public void run(boolean broken) throws Exception {
    TaskGroup.run(
        group -> {
          for (Thing thing : Thing.values()) {
            group.background(() -> smoke(thing, broken));
            if (!broken) {
              group.background(() -> help(thing));
            }
          }
          group.fork("agent", this::serve);
        });
  }

  private void serve() throws InterruptedException {
    for (Thing next : List.of(Thing.PAPER, Thing.MATCHES, Thing.TOBACCO, Thing.TOBACCO)) {
      missing = next;
      for (Thing thing : EnumSet.complementOf(EnumSet.of(next))) {
        table.get(thing).release();
      }
      smoked.acquire();
    }
  }

  private void help(Thing thing) throws InterruptedException {
    while (true) {
      table.get(thing).acquire();
      try (var _ = mutex.hold()) {
        seen.add(thing);
        if (seen.size() == 2) {
          EnumSet.complementOf(EnumSet.copyOf(seen)).forEach(has -> smokers.get(has).release());
          seen.clear();
        }
      }
    }
  }

  private void smoke(Thing has, boolean broken) throws InterruptedException {
    while (true) {
      if (broken) {
        for (Thing other : EnumSet.complementOf(EnumSet.of(has))) {
          table.get(other).acquire();
        }
      } else {
        smokers.get(has).acquire();
      }
      check(has == missing, "who has " + has + " smokes, and " + missing + " was missing");
      smoked.release();
    }
  }

  private static Map<Thing, Semaphore> semaphores() {
    Map<Thing, Semaphore> all = new EnumMap<>(Thing.class);
    for (Thing thing : Thing.values()) {
      all.put(thing, new Semaphore(0));
    }
    return all;
  }
}

/// Building water: atoms come in any order, and bond by three, two of hydrogen and one of oxygen;
/// no atom of the next molecule bonds before this one is complete.
///
/// Each atom keeps its permit until it has bonded. Wrong: it gives it back when the three have met,
/// so that the next ones come, and bond, while one of these still hesitates.
static final class Water implements Puzzle {
  private final Limit hydrogen = Limit.of(2);
  private final Limit oxygen = Limit.of(1);
  private final CyclicBarrier three = new CyclicBarrier(3);
  private final StringBuilder bonded = new StringBuilder();

  @Override
  public void run(boolean broken) throws Exception {
    TaskGroup.run(
        group -> {
          for (int i = 1; i <= 3; i++) {
            group.fork("oxygen " + i, () -> atom(oxygen, 'O', broken));
            group.fork("hydrogen " + i, () -> atom(hydrogen, 'H', broken));
            group.fork("hydrogen " + (i + 3), () -> atom(hydrogen, 'H', broken));
          }
        });
    for (int i = 0; i < bonded.length(); i += 3) {
      String molecule = bonded.substring(i, i + 3);
      check(Set.of("HHO", "HOH", "OHH").contains(molecule), molecule + " is not water");
    }
  }

  private void atom(Limit kind, char symbol, boolean broken) throws Exception {
    try (var _ = kind.hold()) {
      three.await();
      if (!broken) {
        bond(symbol);
      }
    }
    if (broken) {
      bond(symbol);
    }
  }

  private void bond(char symbol) throws InterruptedException {
    step();
    bonded.append(symbol);
  }
}

static void check(boolean holds, String otherwise) {
  if (!holds) {
    throw new AssertionError(otherwise);
  }
}

static void step() throws InterruptedException {
  Kernel.current().step();
}

void main(String[] args) throws Exception {
  boolean broken = false;
  boolean replay = false;
  long first = 0;
  int seeds = 1_000;
  Collection<String> names = PUZZLES.keySet();
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--help" -> {
        IO.print(USAGE.formatted(String.join(", ", names)));
        return;
      }
      case "--broken" -> broken = true;
      case "--only" -> names = List.of(name(args, ++i));
      case "--seeds" -> seeds = Math.max(1, number(args, ++i));
      case "--replay" -> {
        first = number(args, ++i);
        seeds = 1;
        replay = true;
      }
      default -> refuse("unknown option " + args[i] + "; see --help");
    }
  }
  Explorer explorer = Explorer.seeds(seeds).from(first);
  boolean hold = true;
  for (String name : names) {
    hold &= explore(name, broken, explorer, replay, seeds);
  }
  System.exit(hold ? 0 : 1);
}

/// {@return whether the rule of a puzzle holds under all schedules}
static boolean explore(String name, boolean broken, Explorer explorer, boolean whole, int seeds)
    throws InterruptedException {
  Supplier<Puzzle> puzzle = PUZZLES.get(name);
  try {
    explorer.run(_ -> puzzle.get().run(broken));
    IO.println("%-16s %,6d schedules: the rule holds".formatted(name, seeds));
    return true;
  } catch (AssertionError wrong) {
    String found = wrong.getMessage();
    if (whole) {
      IO.println(name + ": " + found);
      return false;
    }
    String seed = found.replaceAll("(?s).*? seed (\\d+):.*", "$1");
    String what = found.substring(0, found.indexOf("\n\n")); // the schedule follows
    what = what.replaceAll("\n +at .*lambda.*", "");
    String again = (broken ? "--broken " : "") + "--only " + name + " --replay " + seed;
    IO.println("%s: %s%n  See the schedule with %s%n".formatted(name, what, again));
    return false;
  }
}

static String name(String[] args, int at) {
  if (at == args.length || !PUZZLES.containsKey(args[at])) {
    refuse(args[at - 1] + " needs one of " + String.join(", ", PUZZLES.keySet()));
  }
  return args[at];
}

static int number(String[] args, int at) {
  if (at == args.length || !args[at].matches("\\d{1,9}")) {
    refuse(args[at - 1] + " needs a number; see --help");
  }
  return Integer.parseInt(args[at]);
}

static void refuse(String why) {
  System.err.println("Semaphores: " + why);
  System.exit(2);
}
