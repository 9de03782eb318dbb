import module dev.selvedge;
import module dev.selvedge.process;

/// A thousand large Fibonacci numbers, each into a file of its own, and then one table of them all:
/// three stages, each on the pool that suits it.
///
/// Computing needs cores, and goes to worker processes; writing and reading wait for the disk, and
/// go to virtual threads. The hand-over is bounded: numbers are read from the first stage only when
/// the second has room, so the first gets no more than its window ahead, however slow the disk is.
/// One number that fails costs itself, and is named. Try `--compute threads:2`, or `--write
/// processes:2`: the files and the table are the same.
static final String USAGE =
    """
    Usage: FibonacciFiles [--compute NAME] [--write NAME] [--read NAME]
                          [--first N] [--step N] [--count N] [FOLDER]
    Writes F(10000), F(10097) and so on into a file each, and fibonacci.csv with a line for each.

      --compute NAME   the pool that computes: processes:N (default, one for each core), threads:N
                       or virtual
      --write NAME     the pool that writes the files; virtual by default
      --read NAME      the pool that reads them for the table; virtual by default
      --first N        the first ordinal; 10000 by default
      --step N         from one ordinal to the next; 97 by default
      --count N        how many numbers; 1000 by default
      --help           print this

    Without a folder a new one is made, for temporary files. Files that exist are not overwritten.
    """;

static final int LARGEST = 10_000_000;
static final int HANDOVER = 16; // numbers being written
static final int FAILURES_SHOWN = 10;
static final String TABLE = "fibonacci.csv";
static final Pattern NUMBER_FILE = Pattern.compile("F(\\d{1,9})\\.txt");

record Options(
    String compute, String write, String read, List<Integer> ordinals, Optional<Path> folder) {}

/// Wrong usage, or a folder that cannot be used: one line, and exit code 2.
static class Unusable extends Exception {
  Unusable(String message) {
    super(message);
  }
}

void main(String[] args) throws Exception {
  try {
    if (List.of(args).contains("--help")) {
      IO.print(USAGE);
    } else if (!run(parse(args))) {
      System.exit(1);
    }
  } catch (Unusable e) {
    System.err.println("FibonacciFiles: " + e.getMessage());
    System.exit(2);
  } catch (IOException e) {
    System.err.println("FibonacciFiles: " + e);
    System.exit(1);
  }
}

static Options parse(String[] args) throws Unusable {
  String compute = "processes:" + Runtime.getRuntime().availableProcessors();
  String write = "virtual";
  String read = "virtual";
  int first = 10_000;
  int step = 97;
  int count = 1_000;
  List<Path> folders = new ArrayList<>();
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--compute" -> compute = value(args, ++i);
      case "--write" -> write = value(args, ++i);
      case "--read" -> read = value(args, ++i);
      case "--first" -> first = number(args, ++i, 0);
      case "--step" -> step = number(args, ++i, 1);
      case "--count" -> count = number(args, ++i, 1);
      case String option when option.startsWith("-") ->
          throw new Unusable("unknown option " + option + "; see --help");
      case String path -> folders.add(Path.of(path));
    }
  }
  if (folders.size() > 1) {
    throw new Unusable("one folder is enough, and " + folders.get(1) + " is another; see --help");
  }
  return new Options(
      compute, write, read, ordinals(first, step, count), folders.stream().findFirst());
}

static String value(String[] args, int at) throws Unusable {
  if (at == args.length) {
    throw new Unusable(args[at - 1] + " needs a value; see --help");
  }
  return args[at];
}

static int number(String[] args, int at, int least) throws Unusable {
  String text = value(args, at);
  try {
    int number = Integer.parseInt(text);
    if (number >= least) {
      return number;
    }
  } catch (NumberFormatException e) {
    // said below
  }
  throw new Unusable(
      "%s takes a number from %d on, and got '%s'".formatted(args[at - 1], least, text));
}

static List<Integer> ordinals(int first, int step, int count) throws Unusable {
  long last = first + (long) step * (count - 1);
  if (last > LARGEST) {
    throw new Unusable(
        "F(%d) has too many digits; ordinals go to %d".formatted(last, LARGEST)
            + ", so choose other --first, --step and --count");
  }
  return IntStream.range(0, count).mapToObj(k -> first + step * k).toList();
}

static Pool open(String name) throws Unusable {
  try {
    return Pool.named(name);
  } catch (IllegalArgumentException e) {
    throw new Unusable(e.getMessage());
  }
}

/// {@return whether all numbers are in the table}
static boolean run(Options options) throws Exception {
  Map<Integer, String> failures = new ConcurrentSkipListMap<>();
  try (Pool compute = open(options.compute());
      Pool write = open(options.write());
      Pool read = open(options.read())) {
    Path folder = folder(options);
    long start = System.nanoTime();
    computeAndWrite(compute, write, options.ordinals(), folder, failures);
    long written = System.nanoTime();
    long lines = makeTable(read, folder, failures);
    long end = System.nanoTime();
    IO.println(
        """
        computed on %s and written on %s in %.2f s
        read on %s in %.2f s
        %,d numbers, %.2f s: %s\
        """
            .formatted(
                compute.name(),
                write.name(),
                seconds(start, written),
                read.name(),
                seconds(written, end),
                lines,
                seconds(start, end),
                folder.resolve(TABLE).toAbsolutePath()));
  } finally {
    report(failures); // also if there is no table of them
  }
  return failures.isEmpty();
}

static double seconds(long from, long to) {
  return (to - from) / 1e9;
}

static void report(Map<Integer, String> failures) {
  failures.entrySet().stream()
      .limit(FAILURES_SHOWN)
      .forEach(f -> System.err.println("FibonacciFiles: F(" + f.getKey() + "): " + f.getValue()));
  if (failures.size() > FAILURES_SHOWN) {
    System.err.println(
        "FibonacciFiles: and " + (failures.size() - FAILURES_SHOWN) + " more numbers failed");
  }
}

// ---- the folder -------------------------------------------------------------------------------

static Path file(Path folder, int ordinal) {
  return folder.resolve("F" + ordinal + ".txt");
}

static Path folder(Options options) throws Unusable, IOException {
  if (options.folder().isEmpty()) {
    return Files.createTempDirectory("fibonacci");
  }
  Path folder = options.folder().get();
  try {
    Files.createDirectories(folder);
  } catch (IOException e) {
    throw new Unusable("cannot make the folder " + folder + ": " + e);
  }
  refuse(folder.resolve(TABLE));
  for (int ordinal : options.ordinals()) {
    refuse(file(folder, ordinal));
  }
  return folder;
}

static void refuse(Path file) throws Unusable {
  if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
    throw new Unusable(file + " exists, and is not overwritten; remove it or name another folder");
  }
}

// ---- the first two stages ---------------------------------------------------------------------

/// At the limit `fork` waits, and then no further number is taken from the stage before.
static void computeAndWrite(
    Pool compute, Pool write, List<Integer> ordinals, Path folder, Map<Integer, String> failures)
    throws Exception {
  try (Progress progress = Progress.of(ordinals.size(), "numbers")) {
    TaskGroup.run(
        options -> options.pool(write).limit(HANDOVER).failFast(false),
        group ->
            compute
                .asCompleted(ordinals, ordinal -> fibonacci(ordinal).toString())
                .forEach(
                    outcome -> {
                      switch (outcome) {
                        case Outcome.Success(var ordinal, var digits) ->
                            group
                                .fork("F" + ordinal, () -> write(file(folder, ordinal), digits))
                                .onDone(task -> written(task, ordinal, failures, progress));
                        case Outcome.Failure(var ordinal, var why) ->
                            failures.put(ordinal, why.toString());
                        case Outcome.Cancelled(var ordinal, var why) ->
                            failures.put(ordinal, why.describe());
                      }
                    }));
  } catch (TaskFailedException e) {
    // what could not be written is among the failures already
  }
}

static void written(Task<?> task, int ordinal, Map<Integer, String> failures, Progress progress) {
  if (task.state() == Future.State.FAILED) {
    failures.put(ordinal, task.exceptionNow().toString());
  }
  progress.step();
}

/// By fast doubling: F(2k) = F(k) (2 F(k+1) - F(k)) and F(2k+1) = F(k)² + F(k+1)², from the highest
/// bit of the ordinal to the lowest.
static BigInteger fibonacci(int ordinal) {
  BigInteger current = BigInteger.ZERO; // F(k)
  BigInteger next = BigInteger.ONE; // F(k+1)
  for (int bit = Integer.highestOneBit(ordinal); bit > 0; bit >>= 1) {
    BigInteger even = current.multiply(next.shiftLeft(1).subtract(current));
    BigInteger odd = current.multiply(current).add(next.multiply(next));
    boolean isOdd = (ordinal & bit) != 0;
    current = isOdd ? odd : even;
    next = isOdd ? even.add(odd) : odd;
  }
  return current;
}

/// A file is whole or not there: half a number would look like one.
static void write(Path file, String digits) throws IOException {
  try {
    Files.writeString(file, digits + "\n", StandardOpenOption.CREATE_NEW);
  } catch (FileAlreadyExistsException e) {
    throw e; // somebody else's
  } catch (IOException e) {
    Files.deleteIfExists(file);
    throw e;
  }
}

// ---- the third stage --------------------------------------------------------------------------

/// A line of the table.
record Line(int ordinal, int digits, String first, String last, long crc32)
    implements Serializable {
  @Override
  public String toString() {
    return "%d,%d,%s,%s,%08x".formatted(ordinal, digits, first, last, crc32);
  }
}

/// Makes the table from all numbers in the folder.
///
/// @return how many lines it has
static long makeTable(Pool read, Path folder, Map<Integer, String> failures)
    throws IOException, InterruptedException {
  List<Integer> ordinals = ordinalsIn(folder);
  long lines = 0;
  try (Progress progress = Progress.of(ordinals.size(), "files");
      BufferedWriter table =
          Files.newBufferedWriter(folder.resolve(TABLE), StandardOpenOption.CREATE_NEW);
      Results<Line> results = read.map(ordinals, ordinal -> line(folder, ordinal))) {
    table.write("ordinal,digits,first,last,crc32\n");
    for (int ordinal : ordinals) {
      try {
        table.write(results.next() + "\n");
        lines++;
      } catch (TaskFailedException e) {
        failures.put(ordinal, e.getCause().toString());
      }
      progress.step();
    }
  }
  return lines;
}

static List<Integer> ordinalsIn(Path folder) throws IOException {
  try (Stream<Path> files = Files.list(folder)) {
    return files
        .map(file -> NUMBER_FILE.matcher(file.getFileName().toString()))
        .filter(Matcher::matches)
        .map(matcher -> Integer.valueOf(matcher.group(1)))
        .sorted()
        .toList();
  }
}

static Line line(Path folder, int ordinal) throws IOException {
  Path file = file(folder, ordinal);
  String digits = Files.readString(file).strip();
  if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
    throw new IOException(file + " has something else than a number in it");
  }
  CRC32 checksum = new CRC32();
  checksum.update(digits.getBytes(StandardCharsets.US_ASCII));
  int length = digits.length();
  return new Line(
      ordinal,
      length,
      digits.substring(0, Math.min(10, length)),
      digits.substring(Math.max(0, length - 10)),
      checksum.getValue());
}
