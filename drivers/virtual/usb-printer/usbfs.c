/* The kernel's side of a printer: usbfs calls (linux/usbdevice_fs.h) become bytes for the printer's model.
 *
 * umockdev calls from a thread of its own, so everything here is done under one lock.
 */
#include "bridge.h"
#include "interface.h"

#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What an xHCI controller can do: transfers of any size, taken off after the device is gone. */
#define CAPABILITIES                                                                                                   \
    (USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_BULK_SCATTER_GATHER |                   \
     USBDEVFS_CAP_REAP_AFTER_DISCONNECT)

enum {
    ENDPOINT_OUT = 0x01,
    ENDPOINT_IN = 0x82,
    PACKET = 64,
    SETUP = 8,
    DIRECTION_IN = 0x80,
};

/* One transfer that a program submitted. */
struct transfer {
    UMockdevIoctlClient *client;
    UMockdevIoctlData *urb;
    UMockdevIoctlData *buffer;
    uint32_t number; /* of a control request */
};

struct _UsbPrinter {
    UMockdevIoctlBase parent;
    GMutex lock;
    int model;
    int ready;
    gboolean signalled;
    gboolean announced; /* the model knows that it is there */
    gboolean gone;
    struct interface interface;
    uint32_t credit;
    uint32_t requests;
    GByteArray *answers;
    GQueue control, out, in, done;
};

G_DEFINE_TYPE(UsbPrinter, usb_printer, UMOCKDEV_TYPE_IOCTL_BASE)

static struct usbdevfs_urb *urb_of(struct transfer *transfer) {
    return (struct usbdevfs_urb *)transfer->urb->data;
}

static void transfer_free(gpointer data) {
    struct transfer *transfer = data;
    g_clear_pointer(&transfer->buffer, umockdev_ioctl_data_unref);
    umockdev_ioctl_data_unref(transfer->urb);
    g_free(transfer);
}

/* poll() of a device node says writable when there is a transfer to take off. A pipe of one page says so while it is
 * empty, which lets a program sleep as it does over the kernel's own node. */
static void signal_ready(UsbPrinter *printer) {
    gboolean wanted = !g_queue_is_empty(&printer->done);
    char byte = 0;
    if (wanted == printer->signalled)
        return;
    if ((wanted ? read(printer->ready, &byte, 1) : write(printer->ready, &byte, 1)) != 1)
        g_error("the pipe of the device node is out of step: %s", g_strerror(errno));
    printer->signalled = wanted;
}

static void finish(UsbPrinter *printer, struct transfer *transfer, int status) {
    urb_of(transfer)->status = status;
    g_queue_push_tail(&printer->done, transfer);
    signal_ready(printer);
}

/* Takes what the printer has room for, packet by packet; the rest is refused (NAK) and waits. */
static void pump_out(UsbPrinter *printer) {
    struct transfer *transfer;
    while ((transfer = g_queue_peek_head(&printer->out))) {
        struct usbdevfs_urb *urb = urb_of(transfer);
        int from = urb->actual_length;
        for (;;) {
            uint32_t packet = MIN(PACKET, urb->buffer_length - urb->actual_length);
            if (packet == 0 || packet > printer->credit)
                break;
            printer->credit -= packet;
            urb->actual_length += packet;
        }
        if (urb->actual_length > from)
            tell_model(printer->model, DATA, transfer->buffer->data + from, urb->actual_length - from);
        if (urb->actual_length < urb->buffer_length)
            return;
        finish(printer, g_queue_pop_head(&printer->out), 0);
    }
}

/* A transfer from the printer ends with what there is. */
static void pump_in(UsbPrinter *printer) {
    while (printer->answers->len > 0 && !g_queue_is_empty(&printer->in)) {
        struct transfer *transfer = g_queue_pop_head(&printer->in);
        struct usbdevfs_urb *urb = urb_of(transfer);
        guint length = MIN((guint)urb->buffer_length, printer->answers->len);
        if (length > 0)
            memcpy(transfer->buffer->data, printer->answers->data, length);
        g_byte_array_remove_range(printer->answers, 0, length);
        urb->actual_length = length;
        finish(printer, transfer, 0);
    }
}

/* A control request: the model answers by its number, since a program may have given up on it by then. */
static void request(UsbPrinter *printer, struct transfer *transfer) {
    guint length = transfer->buffer->data[0] & DIRECTION_IN ? SETUP : urb_of(transfer)->buffer_length;
    g_autoptr(GByteArray) payload = g_byte_array_new();
    transfer->number = printer->requests++;
    g_byte_array_append(payload, (guint8 *)&transfer->number, sizeof(transfer->number));
    g_byte_array_append(payload, transfer->buffer->data, length);
    g_queue_push_tail(&printer->control, transfer);
    tell_model(printer->model, REQUEST, payload->data, payload->len);
}

static void submit(UsbPrinter *printer, UMockdevIoctlClient *client, UMockdevIoctlData *data) {
    struct usbdevfs_urb *urb = (struct usbdevfs_urb *)data->data;
    struct transfer *transfer;
    gboolean control = urb->type == USBDEVFS_URB_TYPE_CONTROL;
    gboolean bulk = urb->type == USBDEVFS_URB_TYPE_BULK;
    if (!control && !(bulk && (urb->endpoint == ENDPOINT_OUT || urb->endpoint == ENDPOINT_IN))) {
        umockdev_ioctl_client_complete(client, -1, ENOENT);
        return;
    }
    if (urb->buffer_length < (control ? SETUP : 0)) {
        umockdev_ioctl_client_complete(client, -1, EINVAL);
        return;
    }
    transfer = g_new0(struct transfer, 1);
    transfer->client = client;
    transfer->urb = umockdev_ioctl_data_ref(data);
    if (urb->buffer_length > 0) {
        size_t at = offsetof(struct usbdevfs_urb, buffer);
        transfer->buffer = umockdev_ioctl_data_resolve(data, at, urb->buffer_length, NULL);
        if (!transfer->buffer) {
            transfer_free(transfer);
            umockdev_ioctl_client_complete(client, -1, EFAULT);
            return;
        }
    }
    urb->status = 0;
    urb->actual_length = 0;
    if (control) {
        request(printer, transfer);
    } else if (urb->endpoint == ENDPOINT_OUT) {
        g_queue_push_tail(&printer->out, transfer);
        pump_out(printer);
    } else {
        g_queue_push_tail(&printer->in, transfer);
        pump_in(printer);
    }
    umockdev_ioctl_client_complete(client, 0, 0);
}

static void reap(UsbPrinter *printer, UMockdevIoctlClient *client, UMockdevIoctlData *data) {
    for (GList *each = printer->done.head; each; each = each->next) {
        struct transfer *transfer = each->data;
        if (transfer->client != client)
            continue;
        g_queue_delete_link(&printer->done, each);
        signal_ready(printer);
        umockdev_ioctl_data_set_ptr(data, 0, transfer->urb);
        transfer_free(transfer);
        umockdev_ioctl_client_complete(client, 0, 0);
        return;
    }
    umockdev_ioctl_client_complete(client, -1, printer->gone ? ENODEV : EAGAIN);
}

static void discard(UsbPrinter *printer, UMockdevIoctlClient *client) {
    gulong address = *(gulong *)umockdev_ioctl_client_get_arg(client)->data;
    GQueue *queues[] = {&printer->control, &printer->out, &printer->in};
    for (guint queue = 0; queue < G_N_ELEMENTS(queues); queue++) {
        for (GList *each = queues[queue]->head; each; each = each->next) {
            struct transfer *transfer = each->data;
            if (transfer->client != client || transfer->urb->client_addr != address)
                continue;
            g_queue_delete_link(queues[queue], each);
            finish(printer, transfer, -ENOENT);
            umockdev_ioctl_client_complete(client, 0, 0);
            return;
        }
    }
    umockdev_ioctl_client_complete(client, -1, EINVAL);
}

/* The program that let go, or got hold, is told to the model. */
static int hand_over(UsbPrinter *printer, UMockdevIoctlClient *client, gboolean claim) {
    struct interface *interface = &printer->interface;
    gboolean held = interface->holder == client;
    int errno_ = claim ? interface_claim(interface, client) : interface_release(interface, client);
    if (!errno_ && held != claim && printer->announced && !printer->gone)
        tell_model(printer->model, claim ? CLAIMED : RELEASED, NULL, 0);
    return errno_;
}

static gboolean handle_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client) {
    UsbPrinter *printer = USB_PRINTER(base);
    gulong call = umockdev_ioctl_client_get_request(client);
    gboolean reaping = call == USBDEVFS_REAPURB || call == USBDEVFS_REAPURBNDELAY;
    gsize size = _IOC_SIZE(call);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    UMockdevIoctlData *data = NULL;
    int result = 0, errno_ = 0;

    if (printer->gone && !reaping) {
        umockdev_ioctl_client_complete(client, -1, ENODEV);
        return TRUE;
    }
    if (call != USBDEVFS_DISCARDURB && size > 0) {
        data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, size, NULL);
        if (!data) {
            umockdev_ioctl_client_complete(client, -1, EFAULT);
            return TRUE;
        }
    }
    switch (call) {
    case USBDEVFS_SUBMITURB:
        submit(printer, client, data);
        break;
    case USBDEVFS_REAPURB:
    case USBDEVFS_REAPURBNDELAY:
        reap(printer, client, data);
        break;
    case USBDEVFS_DISCARDURB:
        discard(printer, client);
        return TRUE;
    case USBDEVFS_DISCONNECT_CLAIM:
        interface_detach(&printer->interface);
        errno_ = hand_over(printer, client, TRUE);
        break;
    case USBDEVFS_CLAIMINTERFACE:
        errno_ = hand_over(printer, client, TRUE);
        break;
    case USBDEVFS_RELEASEINTERFACE:
        errno_ = hand_over(printer, client, FALSE);
        break;
    case USBDEVFS_GETDRIVER:
        errno_ = interface_driver(&printer->interface, (struct usbdevfs_getdriver *)data->data);
        break;
    case USBDEVFS_IOCTL:
        result = interface_drive(&printer->interface, (struct usbdevfs_ioctl *)data->data, &errno_);
        break;
    case USBDEVFS_GET_CAPABILITIES:
        *(uint32_t *)data->data = CAPABILITIES;
        break;
    case USBDEVFS_SETCONFIGURATION:
    case USBDEVFS_SETINTERFACE:
    case USBDEVFS_CLEAR_HALT:
    case USBDEVFS_RESET:
        break;
    default:
        errno_ = ENOTTY;
    }
    if (call != USBDEVFS_SUBMITURB && !reaping)
        umockdev_ioctl_client_complete(client, errno_ ? -1 : result, errno_);
    g_clear_pointer(&data, umockdev_ioctl_data_unref);
    return TRUE;
}

/* A program closed the node, or ended: the kernel throws its transfers away and lets the interface go. umockdev 0.17
 * never emits `client-vanished`; what it knows of a program ends with its connection. The printer outlives it. */
static void program_gone(gpointer data, GObject *gone) {
    UsbPrinter *printer = USB_PRINTER(data);
    UMockdevIoctlClient *client = (UMockdevIoctlClient *)gone; /* Only to be compared: it is no more. */
    GQueue *queues[] = {&printer->control, &printer->out, &printer->in, &printer->done};
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    for (guint queue = 0; queue < G_N_ELEMENTS(queues); queue++) {
        for (GList *each = queues[queue]->head, *next; each; each = next) {
            struct transfer *transfer = each->data;
            next = each->next;
            if (transfer->client != client)
                continue;
            g_queue_delete_link(queues[queue], each);
            transfer_free(transfer);
        }
    }
    signal_ready(printer);
    hand_over(printer, client, FALSE);
}

static void client_connected(UMockdevIoctlBase *base, UMockdevIoctlClient *client) {
    g_object_weak_ref(G_OBJECT(client), program_gone, base);
}

static void usb_printer_finalize(GObject *object) {
    UsbPrinter *printer = USB_PRINTER(object);
    GQueue *queues[] = {&printer->control, &printer->out, &printer->in, &printer->done};
    for (guint queue = 0; queue < G_N_ELEMENTS(queues); queue++)
        g_queue_clear_full(queues[queue], transfer_free);
    g_byte_array_unref(printer->answers);
    interface_clear(&printer->interface);
    close(printer->ready);
    g_mutex_clear(&printer->lock);
    G_OBJECT_CLASS(usb_printer_parent_class)->finalize(object);
}

static void usb_printer_class_init(UsbPrinterClass *class) {
    UMockdevIoctlBaseClass *base = UMOCKDEV_IOCTL_BASE_CLASS(class);
    base->handle_ioctl = handle_ioctl;
    base->client_connected = client_connected;
    G_OBJECT_CLASS(class)->finalize = usb_printer_finalize;
}

static void usb_printer_init(UsbPrinter *printer) {
    g_mutex_init(&printer->lock);
    printer->answers = g_byte_array_new();
    printer->signalled = TRUE;
}

UsbPrinter *usb_printer_new(int model, int ready, const char *driver_link) {
    UsbPrinter *printer = g_object_new(TYPE_USB_PRINTER, NULL);
    printer->model = model;
    printer->ready = ready;
    interface_init(&printer->interface, driver_link);
    signal_ready(printer);
    return printer;
}

void usb_printer_announce(UsbPrinter *printer) {
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    printer->announced = TRUE;
    tell_model(printer->model, PLUGGED, NULL, 0);
    if (printer->interface.holder)
        tell_model(printer->model, CLAIMED, NULL, 0);
}

void usb_printer_allow(UsbPrinter *printer, uint32_t bytes) {
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    printer->credit += bytes;
    pump_out(printer);
}

void usb_printer_answer(UsbPrinter *printer, const void *bytes, uint32_t length) {
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    g_byte_array_append(printer->answers, bytes, length);
    pump_in(printer);
}

void usb_printer_respond(UsbPrinter *printer, uint32_t number, int status, const void *data, uint32_t length) {
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    for (GList *each = printer->control.head; each; each = each->next) {
        struct transfer *transfer = each->data;
        struct usbdevfs_urb *urb = urb_of(transfer);
        if (transfer->number != number)
            continue;
        urb->actual_length = MIN(length, (uint32_t)urb->buffer_length - SETUP);
        memcpy(transfer->buffer->data + SETUP, data, urb->actual_length);
        g_queue_delete_link(&printer->control, each);
        finish(printer, transfer, status);
        return;
    }
}

void usb_printer_set_busy(UsbPrinter *printer, gboolean busy) {
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    interface_set_busy(&printer->interface, busy);
}

void usb_printer_disconnect(UsbPrinter *printer) {
    GQueue *queues[] = {&printer->control, &printer->out, &printer->in};
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&printer->lock);
    printer->gone = TRUE;
    interface_clear(&printer->interface);
    for (guint queue = 0; queue < G_N_ELEMENTS(queues); queue++) {
        struct transfer *transfer;
        while ((transfer = g_queue_pop_head(queues[queue])))
            finish(printer, transfer, -ESHUTDOWN);
    }
}
