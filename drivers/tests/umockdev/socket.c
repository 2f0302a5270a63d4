/* A socket for virtual devices: plugs one in, sends what it would send, pulls it out, as a program tells it to.
 *
 *   umockdev-wrapper socket DEVICE.umockdev SYSFS_FOLDERS NODE IOCTLS PROGRAM ARGUMENTS...
 *
 * SYSFS_FOLDERS are the device's folders, the innermost first, with commas between them; IOCTLS is a recording or "-".
 * "@" in the first three stands for the number of the node, which is another each time, as the kernel may do as well.
 * PROGRAM finds in VIRTUAL_SOCKET two descriptors, "FROM:TO". It writes a line, "plug", "pull" or "send HEX", and reads
 * a line when that is done. The device starts unplugged. The exit status is the program's.
 */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <umockdev.h>
#include <unistd.h>

static UMockdevTestbed *testbed;
static const char *folders, *node, *ioctls;
static char *device;
static int number = -1;

static void fail(const char *what)
{
    fprintf(stderr, "virtual socket: %s\n", what);
    exit(125);
}

static char *numbered(const char *text)
{
    char *digits = g_strdup_printf("%d", number);
    char **parts = g_strsplit(text, "@", -1);
    char *whole = g_strjoinv(digits, parts);
    g_strfreev(parts);
    g_free(digits);
    return whole;
}

static void plug(void)
{
    GError *error = NULL;
    number++;
    char *text = numbered(device), *path = numbered(node);
    /* First what answers: whoever waits for the node opens it at once. */
    if (strcmp(ioctls, "-") != 0 && !umockdev_testbed_load_ioctl(testbed, path, ioctls, &error))
        fail(error->message);
    if (!umockdev_testbed_add_from_string(testbed, text, &error))
        fail(error->message);
    g_free(path);
    g_free(text);
}

static int cable(void)
{
    char *path = numbered(node);
    int descriptor = umockdev_testbed_get_dev_fd(testbed, path);
    g_free(path);
    if (descriptor < 0)
        fail("the device has no cable");
    return descriptor;
}

static void pull(void)
{
    /* The testbed keeps its end of a removed device, and of some a note of the terminal behind it: only closing the end
     * hangs the reader up, and the note would forbid the next device the same terminal. */
    char *terminal = g_strdelimit(g_strdup(ptsname(cable())), "/", '_');
    char *root = umockdev_testbed_get_root_dir(testbed);
    char *note = g_build_filename(root, "dev", ".ptymap", terminal, NULL);
    int nothing = open("/dev/null", O_RDWR);
    unlink(note);
    if (nothing < 0 || dup2(nothing, cable()) < 0)
        fail("the cable cannot be pulled");
    close(nothing);
    g_free(note);
    g_free(root);
    g_free(terminal);
    char *text = numbered(folders);
    char **parts = g_strsplit(text, ",", -1);
    for (char **part = parts; *part; part++)
        umockdev_testbed_remove_device(testbed, *part);
    g_strfreev(parts);
    g_free(text);
}

static void send_hex(const char *hex)
{
    static unsigned char bytes[1 << 16];
    size_t length = 0;
    unsigned value;
    for (; length < sizeof bytes && sscanf(hex, "%2x", &value) == 1; hex += 2)
        bytes[length++] = value;
    if (write(cable(), bytes, length) != (ssize_t)length)
        fail("the device cannot send");
}

int main(int count, char **arguments)
{
    static char line[1 << 18];
    int from[2], to[2], status;
    if (count < 6)
        fail("too few arguments");
    if (!g_file_get_contents(arguments[1], &device, NULL, NULL))
        fail("the device's file cannot be read");
    folders = arguments[2];
    node = arguments[3];
    ioctls = arguments[4];
    testbed = umockdev_testbed_new();
    if (pipe(from) != 0 || pipe(to) != 0)
        fail("no pipes");
    pid_t program = fork();
    if (program == 0) {
        char *pipes = g_strdup_printf("%d:%d", from[0], to[1]);
        close(from[1]);
        close(to[0]);
        setenv("VIRTUAL_SOCKET", pipes, 1);
        execvp(arguments[5], arguments + 5);
        fail("the program cannot be started");
    }
    close(from[0]);
    close(to[1]);
    FILE *orders = fdopen(to[0], "r");
    while (orders && fgets(line, sizeof line, orders)) {
        if (strcmp(line, "plug\n") == 0)
            plug();
        else if (strcmp(line, "pull\n") == 0)
            pull();
        else if (strncmp(line, "send ", 5) == 0)
            send_hex(line + 5);
        else
            fail("an order that is none");
        if (write(from[1], "done\n", 5) != 5)
            fail("nobody reads");
    }
    waitpid(program, &status, 0);
    g_object_unref(testbed);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
