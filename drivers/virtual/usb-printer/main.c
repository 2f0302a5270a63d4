/* A USB bus without hardware: runs a program on it, and plugs in the printers that it, or a test beside it, models.
 *
 *   usb-printer PROGRAM [ARGUMENT...]
 *
 * The program finds the socket for models in USB_PRINTER_SOCKET (bridge.h says what is spoken there) and sees the
 * printers through libusb as it would see real ones. Ends with the program, and with its exit status.
 */
#define _GNU_SOURCE
#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MODELS = 16, LONGEST = 1 << 20 };

/* A model, and the printer it has plugged in, if any. */
struct model {
    int socket;
    UsbPrinter *printer;
    char *path; /* below /sys */
    char *node; /* below /dev */
    char *file; /* the same, where this bus keeps it */
};

static UMockdevTestbed *bus;

static G_NORETURN void fail(const char *what) {
    fprintf(stderr, "usb-printer: %s: %s\n", what, strerror(errno));
    exit(70);
}

void tell_model(int model, enum to_model kind, const void *payload, uint32_t length) {
    struct frame frame = {.kind = kind, .length = length};
    const void *parts[] = {&frame, payload};
    size_t sizes[] = {sizeof(frame), length};
    for (int part = 0; part < 2; part++) {
        const char *at = parts[part];
        for (size_t left = sizes[part]; left > 0;) {
            ssize_t sent = send(model, at, left, MSG_NOSIGNAL);
            if (sent < 0)
                return;
            at += sent;
            left -= sent;
        }
    }
}

/* The interface of a device, which has a folder of its own. */
static char *interface_of(const char *path) {
    g_autofree char *name = g_path_get_basename(path);
    return g_strdup_printf("%s/%s:1.0", path, name);
}

static void unplug(struct model *model) {
    g_autofree char *interface = NULL;
    if (!model->printer)
        return;
    interface = interface_of(model->path);
    usb_printer_disconnect(model->printer);
    umockdev_testbed_uevent(bus, model->path, "remove");
    umockdev_testbed_detach_ioctl(bus, model->node, NULL);
    umockdev_testbed_remove_device(bus, interface);
    umockdev_testbed_remove_device(bus, model->path);
    /* The number may be given again. */
    if (unlink(model->file) < 0)
        fail(model->file);
    g_clear_object(&model->printer);
    g_clear_pointer(&model->path, g_free);
    g_clear_pointer(&model->node, g_free);
    g_clear_pointer(&model->file, g_free);
}

/* Every device that comes gets the next number, as on a real bus: @number@ plain, @NUMBER@ in three digits. */
static char *numbered(const char *text) {
    static int number = 1;
    g_autoptr(GString) found = g_string_new(text);
    g_autofree char *plain = NULL, *digits = NULL;
    number = number == 127 ? 2 : number + 1;
    plain = g_strdup_printf("%d", number);
    digits = g_strdup_printf("%03d", number);
    g_string_replace(found, "@number@", plain, 0);
    g_string_replace(found, "@NUMBER@", digits, 0);
    return g_strdup(found->str);
}

/* What a device's text says in its first block. */
struct device {
    GString *text;     /* without the node, and without what makes programs look at it */
    GPtrArray *rest;   /* KEY=VALUE, for when the node is ready */
    const char *place; /* below /sys */
    const char *node;  /* below /dev */
};

static struct device read_device(char *const *lines) {
    struct device device = {.text = g_string_new(NULL), .rest = g_ptr_array_new()};
    gboolean first = TRUE;
    for (char *const *line = lines; *line; line++) {
        first = first && **line;
        if (first && g_str_has_prefix(*line, "P: "))
            device.place = *line + 3;
        if (first && g_str_has_prefix(*line, "N: "))
            device.node = *line + 3;
        else if (first && (g_str_has_prefix(*line, "E: DEV") || g_str_has_prefix(*line, "E: BUSNUM")))
            g_ptr_array_add(device.rest, *line + 3);
        else
            g_string_append_printf(device.text, "%s\n", *line);
    }
    return device;
}

/* The pipe that stands for a device node; see signal_ready() in usbfs.c. */
static int make_node(const char *file) {
    g_autofree char *folder = g_path_get_dirname(file);
    int ends;
    if (g_mkdir_with_parents(folder, 0755) < 0 || mkfifo(file, 0660) < 0)
        fail(file);
    ends = open(file, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (ends < 0 || fcntl(ends, F_SETPIPE_SZ, 1) < 0)
        fail(file);
    return ends;
}

/* umockdev tells of a device as soon as it adds one, when no program could use it yet: so the device comes without what
 * programs know a USB device by, and a second time with it. */
static void plug(struct model *model, const char *text) {
    g_autoptr(GError) error = NULL;
    g_autofree char *counted = numbered(text), *root = umockdev_testbed_get_root_dir(bus);
    g_auto(GStrv) lines = g_strsplit(counted, "\n", -1);
    struct device device = read_device(lines);
    g_autofree char *interface = NULL, *driver = NULL;
    unplug(model);
    if (!device.place || !device.node || !umockdev_testbed_add_from_string(bus, device.text->str, &error)) {
        fprintf(stderr, "usb-printer: not a device: %s\n", error ? error->message : text);
        exit(64);
    }
    model->path = g_strconcat("/sys", device.place, NULL);
    model->node = g_strconcat("/dev/", device.node, NULL);
    model->file = g_strconcat(root, model->node, NULL);
    interface = interface_of(model->path);
    driver = g_strconcat(root, interface, "/driver", NULL);
    model->printer = usb_printer_new(model->socket, make_node(model->file), driver);
    if (!umockdev_testbed_attach_ioctl(bus, model->node, UMOCKDEV_IOCTL_BASE(model->printer), &error)) {
        fprintf(stderr, "usb-printer: %s\n", error->message);
        exit(70);
    }
    for (guint each = 0; each < device.rest->len; each++) {
        g_auto(GStrv) property = g_strsplit(device.rest->pdata[each], "=", 2);
        umockdev_testbed_set_property(bus, model->path, property[0], property[1]);
    }
    umockdev_testbed_uevent(bus, model->path, "add");
    g_string_free(device.text, TRUE);
    g_ptr_array_unref(device.rest);
}

static gboolean read_all(int from, void *to, size_t length) {
    for (char *at = to; length > 0;) {
        ssize_t got = recv(from, at, length, 0);
        if (got <= 0)
            return FALSE;
        at += got;
        length -= got;
    }
    return TRUE;
}

static uint32_t number_at(const char *payload) {
    uint32_t number;
    memcpy(&number, payload, sizeof(number));
    return number;
}

/* Takes one frame of a model; FALSE when it is gone or speaks another language. */
static gboolean hear(struct model *model) {
    struct frame frame;
    g_autofree char *payload = NULL;
    if (!read_all(model->socket, &frame, sizeof(frame)) || frame.length > LONGEST)
        return FALSE;
    payload = g_malloc0(frame.length + 1);
    if (!read_all(model->socket, payload, frame.length))
        return FALSE;
    switch ((enum from_model)frame.kind) {
    case PLUG:
        plug(model, payload);
        usb_printer_announce(model->printer);
        return TRUE;
    case UNPLUG:
        unplug(model);
        tell_model(model->socket, GONE, NULL, 0);
        return TRUE;
    case CREDIT:
        if (frame.length == 4 && model->printer)
            usb_printer_allow(model->printer, number_at(payload));
        return frame.length == 4;
    case ANSWER:
        if (model->printer)
            usb_printer_answer(model->printer, payload, frame.length);
        return TRUE;
    case RESPONSE:
        if (frame.length >= 8 && model->printer)
            usb_printer_respond(model->printer, number_at(payload), (int32_t)number_at(payload + 4), payload + 8,
                                frame.length - 8);
        return frame.length >= 8;
    case BUSY:
        if (frame.length == 4 && model->printer)
            usb_printer_set_busy(model->printer, number_at(payload) != 0);
        return frame.length == 4;
    }
    return FALSE;
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, MODELS) < 0)
        fail(path);
    return listener;
}

/* Starts the program where it sees the bus; it dies with this process. */
static pid_t start(char **program) {
    pid_t self = getpid(), child = fork();
    if (child < 0)
        fail("fork");
    if (child > 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != self)
        _exit(70);
    execvp(program[0], program);
    fail(program[0]);
}

static void serve(int listener, int program) {
    struct model models[MODELS];
    struct pollfd polled[MODELS + 2];
    for (int slot = 0; slot < MODELS; slot++)
        models[slot] = (struct model){.socket = -1};
    for (;;) {
        polled[0] = (struct pollfd){.fd = program, .events = POLLIN};
        polled[1] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (int slot = 0; slot < MODELS; slot++)
            polled[slot + 2] = (struct pollfd){.fd = models[slot].socket, .events = POLLIN};
        if (poll(polled, MODELS + 2, -1) < 0 && errno != EINTR)
            fail("poll");
        if (polled[0].revents)
            return;
        for (int slot = 0; slot < MODELS; slot++) {
            struct model *model = &models[slot];
            if (model->socket >= 0 && polled[slot + 2].revents && !hear(model)) {
                unplug(model);
                close(model->socket);
                model->socket = -1;
            } else if (model->socket < 0 && polled[1].revents) {
                model->socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                polled[1].revents = 0;
            }
        }
    }
}

int main(int count, char **arguments) {
    g_autofree char *root = NULL, *path = NULL;
    int status, listener, watch;
    pid_t child;
    if (count < 2) {
        fprintf(stderr, "say what to run: %s PROGRAM [ARGUMENT...]\n", arguments[0]);
        return 64;
    }
    bus = umockdev_testbed_new();
    root = umockdev_testbed_get_root_dir(bus);
    path = g_build_filename(root, "printers", NULL);
    listener = listen_at(path);
    g_setenv("USB_PRINTER_SOCKET", path, TRUE);
    arguments[0] = "umockdev-wrapper";
    child = start(arguments);
    watch = pidfd_open(child, 0);
    if (watch < 0)
        fail("pidfd_open");
    serve(listener, watch);
    if (waitpid(child, &status, 0) != child)
        fail("waitpid");
    g_object_unref(bus);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
